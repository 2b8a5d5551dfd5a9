import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canaryMark } from './canary';

/** By whose they are. */
export type Secrets = Readonly<Record<string, string>>;

const everySecret: Secrets = { canary: canaryMark };

/**
 * The forms a secret can hide in: itself, base64 and base64url at any alignment, hex, URL-escaped, JSON-escaped, UTF-16LE. One encoding
 * deep: search for a part of the secret that no escaping changes, too, to find it in the base64 of JSON.
 */
function formsOf(secret: string): ReadonlyMap<string, Buffer> {
  const alignments = [0, 1, 2].map((before) => base64Within(secret, before));
  const hex = Buffer.from(secret).toString('hex');
  return new Map([
    ['raw', Buffer.from(secret)],
    ...alignments.map((text, before): [string, Buffer] => [`base64 after ${before} bytes`, Buffer.from(text)]),
    ...alignments.map((text, before): [string, Buffer] => [
      `base64url after ${before} bytes`,
      Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_')),
    ]),
    ['hex', Buffer.from(hex)],
    ['upper-case hex', Buffer.from(hex.toUpperCase())],
    ['URL-escaped', Buffer.from(encodeURIComponent(secret))],
    ['JSON-escaped', Buffer.from(JSON.stringify(secret).slice(1, -1))],
    ['UTF-16LE', Buffer.from(secret, 'utf16le')],
  ]);
}

/** The characters of base64 that the secret alone decides, when `before` bytes stand before it and others after it. */
function base64Within(secret: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

/** The forms in which any of the secrets, or what all secrets of specs have in common, is found, as `<where>: <whose> as <form>`. */
export function leaksIn(where: string, content: Buffer | string, secrets: Secrets = everySecret): readonly string[] {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content);
  return Object.entries(secrets).flatMap(([name, secret]) =>
    [...formsOf(secret)].filter(([, form]) => bytes.includes(form)).map(([form]) => `${where}: ${name} as ${form}`),
  );
}

/** The same for every file below a folder. */
export async function leaksBelow(folder: string, secrets: Secrets = everySecret): Promise<readonly string[]> {
  const leaks: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    leaks.push(...leaksIn(path, await readFile(path), secrets));
  }
  return leaks;
}
