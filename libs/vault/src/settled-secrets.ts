import type { Database } from '#postgres';
import type { Secret } from '#secret';
import { openEnvelope } from './envelope';
import { KeyCache } from './key-cache';
import type { KeyPort, WrappedKey } from './key-port';
import { sealedColumns, type SealedRow } from './sealed-row';
import type { SettledHead } from './vault-heads';
import { SecretDoesNotExist } from './vault-errors';
import type { VaultPlace } from './vault-upkeep';
import { kekContext } from './workspace-keys';

/** What the vault knows of a connection, as one statement found it. */
export interface SettledSecret<Settled> {
  /** Null while nothing was settled. */
  readonly settled: Settled | null;
  /** An append may have happened that `settled` does not know. */
  readonly marked: boolean;
  /**
   * The secret that `settled` names, if it is the row that became the current one at the revision that `settled` names: no other row is served, be
   * it older, put back from a backup, or not in use yet.
   * @throws SecretDoesNotExist, SecretDoesNotOpen, VaultIsSealed
   */
  open(): Promise<Secret>;
}

type Found<Settled> = Pick<SettledSecret<Settled>, 'settled' | 'marked'> & ({ readonly secretId: null } | (SealedRow & WrappedKey));

/** The credentials in use, each found with its head and its key by one statement. Unwrapped workspace keys are kept as `KeyCache` does; data keys never. */
export class SettledSecrets<Settled extends SettledHead = SettledHead> {
  readonly #keys = new KeyCache();

  constructor(
    private readonly database: Database,
    private readonly root: KeyPort,
  ) {}

  /** Null where the vault knows nothing of such a connection in this workspace. */
  async find(place: VaultPlace): Promise<SettledSecret<Settled> | null> {
    const [found] = await this.database.query<Found<Settled>>(
      `select head.settled, head.marks <> '{}' as marked, secret.*, key.wrapped, key.root_key_id as "keyId"
         from vault.vault_heads as head
         left join lateral (
           select ${sealedColumns} from vault.secrets
            where secret_id = (head.settled ->> 'secretId')::uuid and activated_at_revision = (head.settled ->> 'secretRevision')::bigint
         ) as secret on true
         left join vault.workspace_keys as key on key.kek_id = secret."kekId"
        where head.connection_id = $1 and head.workspace_id = $2`,
      [place.connectionId, place.workspaceId],
    );
    return found ? { settled: found.settled, marked: found.marked, open: () => this.#open(found, place) } : null;
  }

  async #open(found: Found<Settled>, { workspaceId, connectionId }: VaultPlace): Promise<Secret> {
    const { secretId = '', boundTo = null } = found.settled ?? {};
    if (found.secretId === null) throw new SecretDoesNotExist(secretId);
    const context = kekContext(workspaceId, found.kekId);
    return this.#keys.use(
      JSON.stringify(context),
      () => this.root.unwrap(found.wrapped, found.keyId, context),
      (kek) => openEnvelope(found, { workspaceId, connectionId, kind: 'credential', secretId, boundTo }, kek),
    );
  }
}
