import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

const freshMs = 30_000;
const cooldownMs = 1_000;
const fetchTimeoutMs = 3_000;

/** The issuer's keys, at an https:, http: or file: URL. Read when first needed, again each half minute, and sooner for a key that is not known yet. */
export function keySetAt(url: string): JWTVerifyGetKey {
  const place = new URL(url);
  if (place.protocol === 'file:') return keySetIn(fileURLToPath(place));
  return createRemoteJWKSet(place, { cacheMaxAge: freshMs, cooldownDuration: cooldownMs, timeoutDuration: fetchTimeoutMs });
}

function keySetIn(file: string): JWTVerifyGetKey {
  let keys: { readonly find: JWTVerifyGetKey; readonly readAt: number } | null = null;
  const read = async (): Promise<{ readonly find: JWTVerifyGetKey; readonly readAt: number }> => {
    const set = JSON.parse(await readFile(file, 'utf8')) as JSONWebKeySet;
    return { find: createLocalJWKSet(set), readAt: performance.now() };
  };
  return async (header, token) => {
    if (keys === null || performance.now() - keys.readAt > freshMs) keys = await read();
    try {
      return await keys.find(header, token);
    } catch (error) {
      const unknown = (error as { code?: unknown }).code === errors.JWKSNoMatchingKey.code;
      if (!unknown || performance.now() - keys.readAt < cooldownMs) throw error;
      keys = await read();
      return keys.find(header, token);
    }
  };
}
