import { randomBytes } from 'node:crypto';
import { rows, type Database } from '#postgres';
import { v7 as uuid } from 'uuid';
import { KeyCache } from './key-cache';
import { noteKeyHappening } from './key-happening';
import type { KeyContext, KeyPort, WrappedKey } from './key-port';
import { WrapCounter } from './wrap-counter';
import { keyBytes } from './wrapped-key';

/** The workspace has no such key: it was destroyed with the workspace, or the key is another workspace's. */
export class WorkspaceKeyDoesNotExist extends Error {
  override readonly name = 'WorkspaceKeyDoesNotExist';
}

interface WrappedKek extends WrappedKey {
  readonly kekId: string;
}

/**
 * A workspace's own keys, made when they are first needed and wrapped by the root: the key encryption key (versioned, one version active) and
 * the fingerprint key (one for the workspace's whole life, or "the same as before?" would lose its answer). The root authenticates which
 * workspace a key is for, so a row that is moved to another workspace gives no key there.
 *
 * Each method lends a key for the length of one synchronous call (`KeyCache` says why) and throws `VaultIsSealed` where the root does not
 * unwrap it.
 */
export class WorkspaceKeys {
  readonly #cache = new KeyCache();
  readonly #wraps: WrapCounter;

  constructor(
    private readonly database: Database,
    private readonly root: KeyPort,
  ) {
    this.#wraps = new WrapCounter(database);
  }

  /** The key that seals from now on. */
  async sealing<Result>(workspaceId: string, borrow: (kek: Buffer, kekId: string) => Result): Promise<Result> {
    const active = (await this.#activeKek(workspaceId)) ?? (await this.#firstKek(workspaceId));
    const lend = <Lent>(use: (kek: Buffer) => Lent): Promise<Lent> =>
      this.#lend(kekContext(workspaceId, active.kekId), () => Promise.resolve(active), use);
    await lend(() => undefined); // a key that does not unwrap is not counted to have wrapped
    await this.#wraps.take(active.kekId);
    return lend((kek) => borrow(kek, active.kekId));
  }

  /** The key with this id and no other. Throws `WorkspaceKeyDoesNotExist`. */
  opening<Result>(workspaceId: string, kekId: string, borrow: (kek: Buffer) => Result): Promise<Result> {
    return this.#lend(kekContext(workspaceId, kekId), () => this.#kek(workspaceId, kekId), borrow);
  }

  fingerprinting<Result>(workspaceId: string, borrow: (key: Buffer) => Result): Promise<Result> {
    const find = async (): Promise<WrappedKey> =>
      (await this.#fingerprintKey(workspaceId)) ?? (await this.#firstFingerprintKey(workspaceId));
    return this.#lend(fingerprintContext(workspaceId), find, borrow);
  }

  /**
   * Unwraps one key per root key that ever wrapped one. A root that cannot is not this database's: a key ring that was lost and made anew
   * would otherwise go unnoticed until somebody asks for an old secret, and by then new keys would hang on it.
   */
  async proveRoot(): Promise<void> {
    const wrappedByEach = await this.database.query<WrappedKey & { workspaceId: string; kekId: string | null }>(
      `select distinct on ("keyId") * from (
         select workspace_id as "workspaceId", kek_id as "kekId", wrapped, root_key_id as "keyId" from vault.workspace_keys
         union all
         select workspace_id, null, wrapped, root_key_id from vault.fingerprint_keys
       ) as keys`,
    );
    for (const { workspaceId, kekId, wrapped, keyId } of wrappedByEach) {
      (await this.root.unwrap(wrapped, keyId, contextOf(workspaceId, kekId))).fill(0);
    }
  }

  #lend<Result>(context: KeyContext, find: () => Promise<WrappedKey>, borrow: (key: Buffer) => Result): Promise<Result> {
    const unwrap = async (): Promise<Buffer> => {
      const { wrapped, keyId } = await find();
      return this.root.unwrap(wrapped, keyId, context);
    };
    return this.#cache.use(JSON.stringify(context), unwrap, borrow);
  }

  async #activeKek(workspaceId: string): Promise<WrappedKek | undefined> {
    const [active] = await this.database.query<WrappedKek>(
      `select kek_id as "kekId", wrapped, root_key_id as "keyId" from vault.workspace_keys where workspace_id = $1 and state = 'active'`,
      [workspaceId],
    );
    return active;
  }

  async #kek(workspaceId: string, kekId: string): Promise<WrappedKey> {
    const [kek] = await this.database.query<WrappedKey>(
      `select wrapped, root_key_id as "keyId" from vault.workspace_keys where workspace_id = $1 and kek_id = $2`,
      [workspaceId, kekId],
    );
    if (kek === undefined) throw new WorkspaceKeyDoesNotExist();
    return kek;
  }

  /** Processes that need the first key at once all insert one; the first is kept, and all of them go on with what is there. */
  async #firstKek(workspaceId: string): Promise<WrappedKek> {
    const kekId = uuid();
    const { wrapped, keyId } = await this.#newKey(kekContext(workspaceId, kekId));
    await this.database.transaction(async (tx) => {
      const inserted = await rows(
        tx,
        `insert into vault.workspace_keys (workspace_id, kek_id, version, wrapped, root_key_id, state) values ($1, $2, 1, $3, $4, 'active')
         on conflict do nothing returning kek_id`,
        [workspaceId, kekId, wrapped, keyId],
      );
      const data = { level: 'workspace', keyId: kekId, workspaceId, version: 1, rotationId: null } as const;
      if (inserted.length > 0) await noteKeyHappening(tx, { type: 'KeyActivated', data });
    });
    const first = await this.#activeKek(workspaceId);
    if (first === undefined) throw new WorkspaceKeyDoesNotExist();
    return first;
  }

  async #fingerprintKey(workspaceId: string): Promise<WrappedKey | undefined> {
    const [key] = await this.database.query<WrappedKey>(
      `select wrapped, root_key_id as "keyId" from vault.fingerprint_keys where workspace_id = $1`,
      [workspaceId],
    );
    return key;
  }

  async #firstFingerprintKey(workspaceId: string): Promise<WrappedKey> {
    const { wrapped, keyId } = await this.#newKey(fingerprintContext(workspaceId));
    await this.database.query(
      'insert into vault.fingerprint_keys (workspace_id, wrapped, root_key_id) values ($1, $2, $3) on conflict do nothing',
      [workspaceId, wrapped, keyId],
    );
    const first = await this.#fingerprintKey(workspaceId);
    if (first === undefined) throw new WorkspaceKeyDoesNotExist();
    return first;
  }

  async #newKey(context: KeyContext): Promise<WrappedKey> {
    await this.proveRoot();
    const key = randomBytes(keyBytes);
    try {
      return await this.root.wrap(key, context);
    } finally {
      key.fill(0);
    }
  }
}

/** The root key that the newest of these keys hangs on; null while there is none. For whoever is about to open, or to make, the root. */
export const rootKeyInUse = async (database: Database): Promise<string | null> => {
  const [newest] = await database.query<{ keyId: string }>(
    `select root_key_id as "keyId" from (
       select root_key_id, created_at from vault.workspace_keys union all select root_key_id, created_at from vault.fingerprint_keys
     ) as keys order by created_at desc limit 1`,
  );
  return newest?.keyId ?? null;
};

/** Of the key encryption key with this id; null: of the fingerprint key. */
export const contextOf = (workspaceId: string, kekId: string | null): KeyContext =>
  kekId === null ? fingerprintContext(workspaceId) : kekContext(workspaceId, kekId);
export const kekContext = (workspaceId: string, kekId: string): KeyContext => ({ purpose: 'workspace_kek', workspaceId, kekId });
const fingerprintContext = (workspaceId: string): KeyContext => ({ purpose: 'workspace_fingerprint', workspaceId });
