import { Secret } from '#secret';
import { z } from 'zod';

/**
 * The kinds of value an environment variable can hold. A variable's sentence and example are given with `.meta`, last in the chain:
 * `port().default(8080).meta({ description: 'Where HTTP is served.', example: '8080' })`.
 */

/** A TCP port; 0 lets the system choose a free one. */
export function port(): z.ZodType<number, string> {
  return z
    .string()
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'is not a port: a whole number from 0 to 65535')
    .transform(Number);
}

/** An absolute URL with one of the schemes, written without the colon. */
export function url(...schemes: string[]): z.ZodType<string, string> {
  return z
    .string()
    .refine((text) => hasScheme(text, schemes), `is not a URL that begins with ${schemes.map((it) => `${it}:`).join(' or ')}`);
}

/** A URL that may carry a password, so it is never shown. */
export function secretUrl(...schemes: string[]): z.ZodType<Secret, string> {
  return url(...schemes).transform((text) => Secret.of(text));
}

/** Several values separated by commas; blanks around them are dropped. */
export function list(item: z.ZodType<string, string> = z.string()): z.ZodType<string[], string> {
  return z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item));
}

/** A cluster's URL may name several hosts, separated by commas, which only its own client understands: the first stands for all. */
function hasScheme(text: string, schemes: readonly string[]): boolean {
  const scheme = URL.parse(text.replace(/,[^/?#]*/, ''))?.protocol;
  return scheme !== undefined && schemes.includes(scheme.slice(0, -1));
}
