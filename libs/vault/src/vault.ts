import { timingSafeEqual } from 'node:crypto';
import type { Database } from '#postgres';
import { Secret } from '#secret';
import { openEnvelope, sealEnvelope } from './envelope';
import { fingerprintOf } from './fingerprint';
import type { KeyPort } from './key-port';
import { sealedColumns, type SealedRow } from './sealed-row';
import type { SecretAddress } from './secret-address';
import { SecretDoesNotExist, SecretDoesNotOpen, SecretIdIsTaken } from './vault-errors';
import { WorkspaceKeyDoesNotExist, WorkspaceKeys } from './workspace-keys';

export interface SealOptions {
  /** Why a credential lies here before an event names it; null for everything else. Cleared when the credential becomes the current one. */
  readonly purpose: 'candidate' | 'refresh' | null;
  /** When the row may be shredded. Never the expiry of what is in it. */
  readonly expiresAt?: Date;
}

/** Secrets in, secrets out. Whatever it holds is encrypted, whoever asks; there is no other mode. */
export class Vault {
  readonly #keys: WorkspaceKeys;

  constructor(
    private readonly database: Database,
    private readonly root: KeyPort,
  ) {
    this.#keys = new WorkspaceKeys(database, root);
  }

  /**
   * Keeps the secret, durably, before this resolves. Sealing the same secret again at the same address is a retry and changes nothing, but that a
   * candidate waits anew: whoever was about to shred it for having waited too long must not. Anything else under a taken id is refused with
   * `SecretIdIsTaken`. Throws `VaultIsSealed`.
   */
  async seal(address: SecretAddress, secret: Secret, options: SealOptions): Promise<void> {
    const inserted = await this.#insert(address, secret, options).catch((error: unknown) => {
      // The key was changed between finding it and using it, and is destroyed by now: there is another one.
      if (isForeignKeyViolation(error)) return this.#insert(address, secret, options);
      throw error;
    });
    if (!inserted && !(await this.#holds(address, secret))) throw new SecretIdIsTaken(address.secretId);
  }

  async #insert(address: SecretAddress, secret: Secret, { purpose, expiresAt }: SealOptions): Promise<boolean> {
    const envelope = await this.#keys.sealing(address.workspaceId, (kek, kekId) => sealEnvelope(secret, address, kekId, kek));
    const [sealed] = await this.database.query<{ inserted: boolean }>(
      `insert into vault.secrets as held (workspace_id, connection_id, kind, secret_id, bound_to, purpose, expires_at,
                                  alg, kek_id, wrapped_dek, iv, ciphertext, tag, commitment)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
       on conflict (secret_id) do update set expires_at = greatest(held.expires_at, excluded.expires_at)
         where held.purpose = 'candidate' and excluded.purpose = 'candidate'
           and held.workspace_id = excluded.workspace_id and held.connection_id = excluded.connection_id
       returning xmax = 0 as inserted`,
      [
        address.workspaceId,
        address.connectionId,
        address.kind,
        address.secretId,
        address.boundTo,
        purpose,
        expiresAt ?? null,
        envelope.alg,
        envelope.kekId,
        envelope.wrappedDek,
        envelope.iv,
        envelope.ciphertext,
        envelope.tag,
        envelope.commitment,
      ],
    );
    return sealed?.inserted === true;
  }

  /**
   * The secret that was sealed for exactly this address. Whether it is the one to serve is not asked here: the connection's head says which.
   * Throws `SecretDoesNotExist`, `SecretDoesNotOpen`, `VaultIsSealed`.
   */
  async open(address: SecretAddress): Promise<Secret> {
    const row = await this.#find(address);
    try {
      return await this.#openRow(row, address);
    } catch (error) {
      if (!(error instanceof WorkspaceKeyDoesNotExist)) throw error;
      // Its key was changed and destroyed after the row was read: the row says by now which one opens it. If it does not, there is none.
      const now = await this.#find(address);
      if (now.kekId === row.kekId) throw new SecretDoesNotOpen(address.secretId);
      return this.#openRow(now, address);
    }
  }

  /** Deletes the row and with it the data key: what backups of the database still hold ages out with them. Shredding again is no error. */
  async shred(secretId: string): Promise<void> {
    await this.database.query('delete from vault.secrets where secret_id = $1', [secretId]);
  }

  /** Everything that was ever sealed for a connection that is no more. */
  async shredAllOf({ workspaceId, connectionId }: Pick<SecretAddress, 'workspaceId' | 'connectionId'>): Promise<void> {
    await this.database.query('delete from vault.secrets where connection_id = $1 and workspace_id = $2', [connectionId, workspaceId]);
  }

  /** Another credential took its place: it opens until then, for whoever goes back to it, and may be shredded afterwards. Retiring again changes nothing. */
  async retire(secretId: string, until: Date): Promise<void> {
    await this.database.query(
      'update vault.secrets set retired_at = now(), purpose = null, expires_at = $2 where secret_id = $1 and retired_at is null',
      [secretId, until],
    );
  }

  /** What events may carry of a credential: the same for the same canonical JSON within a workspace, unrelated between workspaces. */
  fingerprint(workspaceId: string, canonicalJson: string): Promise<string> {
    return this.#keys.fingerprinting(workspaceId, (key) => fingerprintOf(key, canonicalJson));
  }

  /** Ends well where the root keys at hand are the ones this vault was sealed with. Throws `VaultIsSealed`, which names the key to bring back. */
  async health(): Promise<void> {
    await this.#keys.proveRoot(); // first: it knows the key that is missing, where the root knows only the one it was told of
    await this.root.health();
  }

  async #find(address: SecretAddress): Promise<SealedRow> {
    const [row] = await this.database.query<SealedRow>(`select ${sealedColumns} from vault.secrets where secret_id = $1`, [
      address.secretId,
    ]);
    if (row === undefined) throw new SecretDoesNotExist(address.secretId);
    if (!sameAddress(row, address)) throw new SecretDoesNotOpen(address.secretId);
    return row;
  }

  #openRow(row: SealedRow, address: SecretAddress): Promise<Secret> {
    return this.#keys.opening(address.workspaceId, row.kekId, (kek) => openEnvelope(row, address, kek));
  }

  async #holds(address: SecretAddress, secret: Secret): Promise<boolean> {
    try {
      const held = await this.open(address);
      const same = held.use((a) => secret.use((b) => a.length === b.length && timingSafeEqual(a, b)));
      held.wipe();
      return same;
    } catch (error) {
      if (error instanceof SecretDoesNotOpen) return false;
      throw error;
    }
  }
}

const sameAddress = (a: SecretAddress, b: SecretAddress): boolean =>
  a.workspaceId === b.workspaceId &&
  a.connectionId === b.connectionId &&
  a.kind === b.kind &&
  a.secretId === b.secretId &&
  a.boundTo === b.boundTo;

const isForeignKeyViolation = (error: unknown): boolean => (error as { readonly code?: string }).code === '23503';
