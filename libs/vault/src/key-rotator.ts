import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { rows, type Database, type Transaction } from '#postgres';
import { v5 as uuidFrom } from 'uuid';
import { rewrapEnvelope, openEnvelope, sealEnvelope, type Envelope } from './envelope';
import { noteKeyHappening } from './key-happening';
import type { KeyPort, WrappedKey } from './key-port';
import type { KeyRotation } from './key-rotations';
import { sealedColumns, type SealedRow } from './sealed-row';
import { SecretDoesNotOpen } from './vault-errors';
import { contextOf, kekContext, WorkspaceKeys } from './workspace-keys';
import { WrapCounter } from './wrap-counter';
import { keyBytes } from './wrapped-key';

export interface KeyRotatorOptions {
  /** Rows in one transaction; 500 unless told. */
  readonly pageSize?: number;
  /** Between two pages, in ms, so that whoever reads does not wait for whoever changes keys; 10 unless told. */
  readonly pauseMs?: number;
}

interface WrappedRow extends WrappedKey {
  readonly workspaceId: string;
  /** Null: the workspace's fingerprint key. */
  readonly kekId: string | null;
}

const workspacesAtOnce = 100;
const foreignKeyViolation = '23503';

/**
 * Changes keys while they are in use, as the role patchbay_jobs. First the new key is the active one, so that whatever is sealed from then on
 * hangs on it; then what hangs on the old ones is moved, page by page; then those are destroyed, which the database refuses while any row is
 * left. Every step finds out anew what is left to do: killed between any two statements, it goes on where it was.
 */
export class KeyRotator {
  readonly #keys: WorkspaceKeys;
  readonly #wraps: WrapCounter;

  constructor(
    private readonly database: Database,
    private readonly root: KeyPort,
    private readonly options: KeyRotatorOptions = {},
  ) {
    this.#keys = new WorkspaceKeys(database, root);
    this.#wraps = new WrapCounter(database);
  }

  /**
   * Ends when nothing is left to do, or with the signal's reason. Rows that do not open stay where they are, with the key they name. Throws
   * `VaultIsSealed` before it changed anything where the root at hand is not the vault's: new keys must not hang on a strange one.
   */
  async finish(rotation: KeyRotation, signal: AbortSignal): Promise<void> {
    await this.#keys.proveRoot();
    if (rotation.total === null) await this.#begin(rotation);
    if (rotation.level === 'root') await this.#renewRoot(rotation, signal);
    else await this.#renewWorkspaces(rotation, signal);
    await this.database.query('update vault.key_rotations set finished_at = now() where rotation_id = $1', [rotation.rotationId]);
  }

  /** Dying here asks a key ring for one key more than it needs, the next time. */
  async #begin({ rotationId, level, workspaceId }: KeyRotation): Promise<void> {
    if (level === 'root') await this.root.rotate();
    const keyId = level === 'root' ? await this.root.activeKeyId() : null;
    await this.database.transaction(async (tx) => {
      await rows(
        tx,
        level === 'root'
          ? `update vault.key_rotations set total = (select count(*) from vault.workspace_keys) + (select count(*) from vault.fingerprint_keys)
              where rotation_id = $1 and $2::text is null`
          : `update vault.key_rotations set total = (select count(*) from vault.secrets where $2::text is null or workspace_id = $2)
              where rotation_id = $1`,
        [rotationId, workspaceId],
      );
      if (keyId !== null) {
        await noteKeyHappening(tx, { type: 'KeyActivated', data: { level: 'root', keyId, workspaceId: null, version: null, rotationId } });
      }
    });
  }

  async #renewWorkspaces(rotation: KeyRotation, signal: AbortSignal): Promise<void> {
    for (let after = ''; ;) {
      const workspaces = await this.database.query<{ workspaceId: string }>(
        `select distinct workspace_id as "workspaceId" from vault.workspace_keys
          where workspace_id > $1 and ($2::text is null or workspace_id = $2) order by 1 limit ${workspacesAtOnce}`,
        [after, rotation.workspaceId],
      );
      for (const { workspaceId } of workspaces) {
        signal.throwIfAborted();
        await this.#renewWorkspace(workspaceId, rotation, signal);
        after = workspaceId;
      }
      if (workspaces.length < workspacesAtOnce) return;
    }
  }

  async #renewWorkspace(workspaceId: string, rotation: KeyRotation, signal: AbortSignal): Promise<void> {
    const newKekId = await this.#activate(workspaceId, rotation);
    for (const oldKekId of await this.#superseded(workspaceId)) {
      let moved = 0;
      for (let now = 1; now > 0 && !(await this.#retire(workspaceId, { kekId: oldKekId, moved }, rotation)); moved += now) {
        now = await this.#moveAll(workspaceId, { oldKekId, newKekId }, rotation, signal);
      }
    }
  }

  /** The id of a rotation's key is known before there is one: made again after a crash, it is the same key. */
  async #activate(workspaceId: string, { rotationId }: KeyRotation): Promise<string> {
    const kekId = uuidFrom(workspaceId, rotationId);
    const key = randomBytes(keyBytes);
    const { wrapped, keyId: rootKeyId } = await this.root.wrap(key, kekContext(workspaceId, kekId)).finally(() => key.fill(0));
    await this.database.transaction(async (tx) => {
      const known = await rows<{ kekId: string; version: number }>(
        tx,
        `select kek_id as "kekId", version from vault.workspace_keys where workspace_id = $1 order by version desc for update`,
        [workspaceId],
      );
      if (known.some((one) => one.kekId === kekId)) return;
      const version = (known[0]?.version ?? 0) + 1;
      await rows(tx, `update vault.workspace_keys set state = 'retired' where workspace_id = $1 and state = 'active'`, [workspaceId]);
      await rows(
        tx,
        `insert into vault.workspace_keys (workspace_id, kek_id, version, wrapped, root_key_id, state) values ($1, $2, $3, $4, $5, 'active')`,
        [workspaceId, kekId, version, wrapped, rootKeyId],
      );
      await noteKeyHappening(tx, { type: 'KeyActivated', data: { level: 'workspace', keyId: kekId, workspaceId, version, rotationId } });
    });
    return kekId;
  }

  async #superseded(workspaceId: string): Promise<readonly string[]> {
    const found = await this.database.query<{ kekId: string }>(
      `select kek_id as "kekId" from vault.workspace_keys where workspace_id = $1 and state = 'retired' order by version`,
      [workspaceId],
    );
    return found.map(({ kekId }) => kekId);
  }

  /** Answers how many rows it moved. */
  async #moveAll(
    workspaceId: string,
    { oldKekId, newKekId }: { readonly oldKekId: string; readonly newKekId: string },
    rotation: KeyRotation,
    signal: AbortSignal,
  ): Promise<number> {
    const { pageSize = 500, pauseMs = 10 } = this.options;
    let moved = 0;
    for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
      signal.throwIfAborted();
      const page = await this.database.query<SealedRow>(
        `select ${sealedColumns} from vault.secrets where kek_id = $1 and secret_id > $2 order by secret_id limit $3`,
        [oldKekId, after, pageSize],
      );
      const last = page.at(-1);
      if (last === undefined) return moved;
      await this.#wraps.take(newKekId, page.length);
      const [from, to] = [await this.#copyOf(workspaceId, oldKekId), await this.#copyOf(workspaceId, newKekId)];
      try {
        const renewed = page.flatMap((row) => renewedRow(row, from, { kekId: newKekId, kek: to }, rotation.mode));
        moved += await this.#keep(renewed, oldKekId, rotation.rotationId);
      } finally {
        from.fill(0);
        to.fill(0);
      }
      after = last.secretId;
      await pause(pauseMs, undefined, { signal });
    }
  }

  /** Zeroed by whoever asked for it. */
  #copyOf(workspaceId: string, kekId: string): Promise<Buffer> {
    return this.#keys.opening(workspaceId, kekId, (kek) => Buffer.from(kek));
  }

  /** A row that was shredded meanwhile stays shredded. */
  #keep(renewed: readonly (Envelope & { readonly secretId: string })[], oldKekId: string, rotationId: string): Promise<number> {
    return this.database.transaction(async (tx) => {
      const kept = await rows(
        tx,
        `update vault.secrets as secret
            set kek_id = renewed.kek_id, wrapped_dek = renewed.wrapped_dek, iv = renewed.iv, ciphertext = renewed.ciphertext,
                tag = renewed.tag, commitment = renewed.commitment
           from unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[])
             as renewed (secret_id, kek_id, wrapped_dek, iv, ciphertext, tag, commitment)
          where secret.secret_id = renewed.secret_id and secret.kek_id = $1 returning secret.secret_id`,
        [
          oldKekId,
          renewed.map(({ secretId }) => secretId),
          renewed.map(({ kekId }) => kekId),
          ...(['wrappedDek', 'iv', 'ciphertext', 'tag', 'commitment'] as const).map((part) => renewed.map((row) => row[part])),
        ],
      );
      await rows(tx, 'update vault.key_rotations set done = done + $2 where rotation_id = $1', [rotationId, kept.length]);
      return kept.length;
    });
  }

  /** Destroys the key, and answers whether it could: not while any row hangs on it. */
  async #retire(
    workspaceId: string,
    { kekId, moved }: { readonly kekId: string; readonly moved: number },
    { rotationId, mode }: KeyRotation,
  ): Promise<boolean> {
    try {
      await this.database.transaction(async (tx) => {
        await rows(tx, 'delete from vault.workspace_keys where kek_id = $1', [kekId]);
        const at = { level: 'workspace', workspaceId } as const;
        await noteKeyHappening(tx, { type: 'RewrapCompleted', data: { ...at, rotationId, mode, rows: moved } });
        await noteKeyHappening(tx, { type: 'KeyRetired', data: { ...at, keyId: kekId } });
      });
      return true;
    } catch (error) {
      if ((error as { readonly code?: string }).code !== foreignKeyViolation) throw error;
      return false;
    }
  }

  async #renewRoot(rotation: KeyRotation, signal: AbortSignal): Promise<void> {
    const active = await this.root.activeKeyId();
    let renewed = 0;
    for (;;) {
      signal.throwIfAborted();
      const page = await this.database.query<WrappedRow>(
        `select * from (
           select workspace_id as "workspaceId", kek_id as "kekId", wrapped, root_key_id as "keyId" from vault.workspace_keys
           union all
           select workspace_id, null, wrapped, root_key_id from vault.fingerprint_keys
         ) as keys where "keyId" <> $1 limit $2`,
        [active, this.options.pageSize ?? 500],
      );
      if (page.length === 0) break;
      for (const key of page) renewed += await this.#rewrapKey(key, rotation, signal);
    }
    await this.database.transaction((tx) =>
      noteKeyHappening(tx, {
        type: 'RewrapCompleted',
        data: { level: 'root', workspaceId: null, rotationId: rotation.rotationId, mode: 'rewrap', rows: renewed },
      }),
    );
  }

  async #rewrapKey({ workspaceId, kekId, wrapped, keyId }: WrappedRow, { rotationId }: KeyRotation, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const context = contextOf(workspaceId, kekId);
    const key = await this.root.unwrap(wrapped, keyId, context);
    const renewed = await this.root.wrap(key, context).finally(() => key.fill(0));
    return this.database.transaction(async (tx) => {
      const [table, found] = kekId === null ? (['fingerprint_keys', workspaceId] as const) : (['workspace_keys', kekId] as const);
      const column = kekId === null ? 'workspace_id' : 'kek_id';
      const kept = await rows(
        tx,
        `update vault.${table} set wrapped = $3, root_key_id = $4 where ${column} = $1 and root_key_id = $2 returning root_key_id`,
        [found, keyId, renewed.wrapped, renewed.keyId],
      );
      await rows(tx, 'update vault.key_rotations set done = done + $2 where rotation_id = $1', [rotationId, kept.length]);
      if (!(await stillWraps(tx, keyId)))
        await noteKeyHappening(tx, { type: 'KeyRetired', data: { level: 'root', keyId, workspaceId: null } });
      return kept.length;
    });
  }
}

/** Nothing for a row that does not open: it stays as it is, for whoever finds out why. */
function renewedRow(
  row: SealedRow,
  from: Buffer,
  { kekId, kek }: { readonly kekId: string; readonly kek: Buffer },
  mode: KeyRotation['mode'],
): readonly (Envelope & { readonly secretId: string })[] {
  const { secretId } = row;
  try {
    if (mode === 'rewrap') return [{ ...row, ...rewrapEnvelope(row, row, from, { kekId, kek }) }];
    const secret = openEnvelope(row, row, from);
    const renewed = sealEnvelope(secret, row, kekId, kek);
    secret.wipe();
    return [{ ...renewed, secretId }];
  } catch (error) {
    if (error instanceof SecretDoesNotOpen) return [];
    throw error;
  }
}

async function stillWraps(tx: Transaction, rootKeyId: string): Promise<boolean> {
  const [any] = await rows<{ any: boolean }>(
    tx,
    `select exists (select 1 from vault.workspace_keys where root_key_id = $1)
         or exists (select 1 from vault.fingerprint_keys where root_key_id = $1) as any`,
    [rootKeyId],
  );
  return any?.any ?? false;
}
