import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { lengthPrefixed } from './additional-data';
import type { KeyContext, KeyPort, WrappedKey } from './key-port';
import { addKey, createKeyRing, KeyRingIsRefused, readKeyRing, type KeyRingFile } from './key-ring-file';
import { VaultIsSealed } from './vault-errors';
import { keyBytes, unwrapKey, wrapKey } from './wrapped-key';

/**
 * The root keys in a file that only its owner may read (mode 0600), for machines without a key service. Whoever loses the file loses every
 * secret: back it up, and not beside the database.
 *
 * Where there is no file, one is created with one random key, but not for a vault that hangs on a root key already (`inUse`, its id): nothing
 * in it would open. The port is sealed then, until the file is back.
 *
 * Throws `KeyRingIsRefused` where the file cannot be used, and where the environment also holds a key: which of two keys opens the vault must
 * never be a matter of precedence.
 */
export const openKeyRing = async (
  path: string,
  environment: NodeJS.ProcessEnv = process.env,
  inUse: string | null = null,
): Promise<KeyPort> => {
  if (environment['VAULT_ROOT_KEY'] !== undefined) {
    throw new KeyRingIsRefused(`VAULT_ROOT_KEY is set, but the root key is the one in the key ring ${path}: unset VAULT_ROOT_KEY`);
  }
  const ring = (await readKeyRing(path)) ?? (inUse === null ? await createKeyRing(path) : { active: inUse, keys: {} });
  return new KeyRing(path, ring);
};

/**
 * Other processes hold the same file, and one of them may have changed the key: it is read again before anything is wrapped, and when a key is
 * asked for that was not in it. Keys that no longer wrap stay in it: backups of the database hang on them.
 */
class KeyRing implements KeyPort {
  #ring!: { readonly active: string; readonly keys: ReadonlyMap<string, KeyObject> };

  constructor(
    private readonly path: string,
    ring: Omit<KeyRingFile, 'format'>,
  ) {
    this.#take(ring);
  }

  async activeKeyId(): Promise<string> {
    await this.#readAgain(this.#ring.active);
    return this.#ring.active;
  }

  async wrap(key: Buffer, context: KeyContext): Promise<WrappedKey> {
    const keyId = await this.activeKeyId();
    const root = this.#ring.keys.get(keyId);
    if (root === undefined) throw new VaultIsSealed(keyId);
    return { keyId, wrapped: wrapKey(root, key, bytesOf(context)) };
  }

  async unwrap(wrapped: Buffer, keyId: string, context: KeyContext): Promise<Buffer> {
    if (!this.#ring.keys.has(keyId)) await this.#readAgain(keyId);
    const root = this.#ring.keys.get(keyId);
    const key = root === undefined ? null : unwrapKey(root, wrapped, bytesOf(context));
    if (key === null) throw new VaultIsSealed(keyId);
    return key;
  }

  async rotate(): Promise<string> {
    this.#take(await addKey(this.path));
    return this.#ring.active;
  }

  async health(): Promise<void> {
    const context = { purpose: 'health' };
    const { wrapped, keyId } = await this.wrap(randomBytes(keyBytes), context);
    (await this.unwrap(wrapped, keyId, context)).fill(0);
  }

  /** A ring that was taken away or spoilt is no ring: what wraps with it would be lost with this process. */
  async #readAgain(neededKeyId: string): Promise<void> {
    const ring = await readKeyRing(this.path).catch(() => null);
    if (ring === null) throw new VaultIsSealed(neededKeyId);
    this.#take(ring);
  }

  #take({ active, keys }: Omit<KeyRingFile, 'format'>): void {
    this.#ring = { active, keys: new Map(Object.entries(keys).map(([id, key]) => [id, createSecretKey(key, 'base64')])) };
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
