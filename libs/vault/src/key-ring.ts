import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { lengthPrefixed } from './additional-data';
import type { KeyContext, KeyPort, WrappedKey } from './key-port';
import { createKeyRing, KeyRingIsRefused, readKeyRing, type KeyRingFile } from './key-ring-file';
import { VaultIsSealed } from './vault-errors';
import { keyBytes, unwrapKey, wrapKey } from './wrapped-key';

/**
 * The root keys in a file that only its owner may read (mode 0600), for machines without a key service. Created with one random key where
 * there is none. Whoever loses the file loses every secret: back it up, and not beside the database.
 *
 * Throws `KeyRingIsRefused` where the file cannot be used, and where the environment also holds a key: which of two keys opens the vault must
 * never be a matter of precedence.
 */
export const openKeyRing = async (path: string, environment: NodeJS.ProcessEnv = process.env): Promise<KeyPort> => {
  if (environment['VAULT_ROOT_KEY'] !== undefined) {
    throw new KeyRingIsRefused(`VAULT_ROOT_KEY is set, but the root key is the one in the key ring ${path}: unset VAULT_ROOT_KEY`);
  }
  return new KeyRing((await readKeyRing(path)) ?? (await createKeyRing(path)));
};

class KeyRing implements KeyPort {
  readonly #active: string;
  readonly #keys: ReadonlyMap<string, KeyObject>;

  constructor({ active, keys }: KeyRingFile) {
    this.#active = active;
    this.#keys = new Map(Object.entries(keys).map(([id, key]) => [id, createSecretKey(key, 'base64')]));
  }

  activeKeyId(): Promise<string> {
    return Promise.resolve(this.#active);
  }

  async wrap(key: Buffer, context: KeyContext): Promise<WrappedKey> {
    const keyId = await this.activeKeyId();
    const root = this.#keys.get(keyId);
    if (root === undefined) throw new VaultIsSealed(keyId);
    return { keyId, wrapped: wrapKey(root, key, bytesOf(context)) };
  }

  unwrap(wrapped: Buffer, keyId: string, context: KeyContext): Promise<Buffer> {
    const root = this.#keys.get(keyId);
    const key = root === undefined ? null : unwrapKey(root, wrapped, bytesOf(context));
    return key === null ? Promise.reject(new VaultIsSealed(keyId)) : Promise.resolve(key);
  }

  async health(): Promise<void> {
    const context = { purpose: 'health' };
    const { wrapped, keyId } = await this.wrap(randomBytes(keyBytes), context);
    await this.unwrap(wrapped, keyId, context);
  }
}

/** By name, so that a context that went through a database or a key service means the same. */
const bytesOf = (context: KeyContext): Buffer =>
  lengthPrefixed([
    'pb1',
    'key',
    ...Object.keys(context)
      .sort()
      .flatMap((name) => [name, context[name] ?? null]),
  ]);
