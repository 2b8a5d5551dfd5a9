import { readPrivateJson, writePrivateJson } from '#postgres';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The issuer of tokens on a developer's machine; `npm run token` signs as it. */
export interface LocalIssuer {
  readonly issuer: string;
  /** The public keys, as a `file:` URL. */
  readonly jwksUrl: string;
}

/**
 * The issuer whose key pair lies in `<folder>/issuer`: `private-key.json` (0600), made at the first start, and `jwks.json`, made from it.
 *
 * @throws FileIsNotPrivate
 */
export async function openLocalIssuer(folder: string): Promise<LocalIssuer> {
  const keys = join(folder, 'issuer');
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const path = join(keys, 'private-key.json');
  const known = (await readPrivateJson(path)) as JWK | null;
  const key = known ?? (await newKey());
  if (known === null) await writePrivateJson(path, key);
  const { d: _, ...publicKey } = key;
  await writeFile(join(keys, 'jwks.json'), `${JSON.stringify({ keys: [publicKey] }, null, 2)}\n`);
  return { issuer: 'patchbay-local', jwksUrl: pathToFileURL(join(keys, 'jwks.json')).href };
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const key = await exportJWK(privateKey);
  return { ...key, kid: await calculateJwkThumbprint(key), alg: 'EdDSA', use: 'sig' };
}
