import { z } from 'zod';

/** A regular expression as its source, compiled with the flag `u`. Ignoring case is written inside it: `(?i:…)`. */
const Pattern = z.string().refine((source) => {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}, 'is not a regular expression');

/** Values people mistake for the right one, each with what to do instead. */
const Wrong = z.array(z.strictObject({ pattern: Pattern, message: z.string().min(1) }));

/**
 * One thing a person enters for a connection. `in` is the part of the request that carries it: what is secret travels under `credentials`.
 * Left out and empty are the same; `default` stands in for both. `wrong` is asked before `pattern`: it knows better what to say.
 */
export const Field = z
  .strictObject({
    name: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
    in: z.enum(['settings', 'credentials']),
    label: z.string().min(1),
    secret: z.boolean(),
    required: z.boolean(),
    type: z.enum(['string', 'choice', 'map']), // a map is an object of strings
    choices: z.array(z.string().min(1)).min(2).optional(),
    keys: z.strictObject({ pattern: Pattern, wrong: Wrong.optional(), maxLength: z.int().positive() }).optional(), // of a map
    maxEntries: z.int().positive().optional(), // of a map
    pattern: Pattern.optional(), // of the string, or of each value of a map
    wrong: Wrong.optional(),
    prefixes: z.array(z.string().min(1)).optional(), // public beginnings of a secret that may be shown, such as `sk_live_`
    maxLength: z.int().positive(), // in characters (Unicode code points), as JSON Schema counts
    default: z.string().optional(),
    help: z.string().min(1),
    example: z.union([z.string(), z.record(z.string(), z.string())]),
  })
  .refine(({ secret, in: part }) => !secret || part === 'credentials', 'a secret field lies in credentials')
  .refine(({ type, choices }) => (type === 'choice') === (choices !== undefined), 'exactly a choice has choices')
  .refine(
    ({ type, keys, maxEntries }) => (type === 'map') === (keys !== undefined && maxEntries !== undefined),
    'exactly a map says which keys and how many',
  );
export type Field = z.infer<typeof Field>;
