import type { Database } from '#postgres';
import type { SecretKind } from './secret-address';

/** A connection about which the vault knows something that its stream may explain. */
export interface VaultPlace {
  readonly workspaceId: string;
  readonly connectionId: string;
}

export interface UnfinishedPlace extends VaultPlace {
  /** An append may have happened that the head does not know. */
  readonly marked: boolean;
}

/** A row that may have had its day. Of a credential only its connection's stream can tell. */
export interface EndingSecret extends VaultPlace {
  readonly secretId: string;
  readonly kind: SecretKind;
  /** Its end was set when it was sealed or replaced; otherwise it looks as if it had been left behind. */
  readonly announced: boolean;
  /** Of the row, as it was found. */
  readonly expiresAt: string | null;
}

/** Looks through the rows of all workspaces, as the role patchbay_jobs, and never into a secret. */
export class VaultUpkeep {
  constructor(private readonly database: Database) {}

  /**
   * Connections, besides those that are known, on whose streams something may be open: with a candidate sealed before `sealedBefore`, with a
   * verification that the head says is pending, or with a mark that outlived its append.
   */
  unfinished({
    sealedBefore,
    now,
    known,
    limit,
  }: {
    readonly sealedBefore: Date;
    readonly now: Date;
    readonly known: readonly string[];
    readonly limit: number;
  }): Promise<UnfinishedPlace[]> {
    return this.database.query<UnfinishedPlace>(
      `select workspace_id as "workspaceId", connection_id as "connectionId", bool_or(marked) as marked from (
         select workspace_id, connection_id, false as marked from vault.secrets where purpose = 'candidate' and sealed_at < $1
         union all
         select workspace_id, connection_id, false from vault.vault_heads where settled ->> 'code' = 'verification_pending'
         union all
         select workspace_id, connection_id, true from vault.vault_heads
          where marks <> '{}' and exists (select 1 from jsonb_each_text(marks) as mark (command_id, until) where until::timestamptz < $2)
       ) as open where marked or not (connection_id = any($3)) group by workspace_id, connection_id limit $4`,
      [sealedBefore, now, known, limit],
    );
  }

  /**
   * Rows that have had their day by the look of them: past their end; candidates sealed before `sealedBefore`; credentials of removed connections, and
   * those that were in use before the one that the head names, although nobody retired them.
   */
  ending({
    now,
    sealedBefore,
    limit,
  }: {
    readonly now: Date;
    readonly sealedBefore: Date;
    readonly limit: number;
  }): Promise<EndingSecret[]> {
    return this.database.query<EndingSecret>(
      `select workspace_id as "workspaceId", connection_id as "connectionId", secret_id as "secretId", kind, expires_at::text as "expiresAt",
              bool_or(announced) as announced from (
         select workspace_id, connection_id, secret_id, kind, expires_at, true as announced
           from vault.secrets where expires_at <= $1 and purpose is null
         union all
         select workspace_id, connection_id, secret_id, kind, expires_at, false
           from vault.secrets where purpose = 'candidate' and sealed_at < $2
         union all
         select secret.workspace_id, secret.connection_id, secret.secret_id, secret.kind, secret.expires_at, false
           from vault.secrets as secret join vault.vault_heads as head using (connection_id)
          where secret.kind = 'credential' and secret.activated_at_revision is not null and secret.retired_at is null and secret.sealed_at < $2
            and secret.secret_id::text is distinct from head.settled ->> 'secretId'
       ) as ending group by workspace_id, connection_id, secret_id, kind, expires_at limit $3`,
      [now, sealedBefore, limit],
    );
  }

  async count(): Promise<number> {
    const [counted] = await this.database.query<{ rows: number }>('select count(*)::int as rows from vault.secrets');
    return counted?.rows ?? 0;
  }

  /** Whose credentials came into use last. */
  async newest(limit: number): Promise<string[]> {
    const found = await this.database.query<{ connectionId: string }>(
      `select connection_id as "connectionId" from vault.secrets where activated_at_revision is not null order by sealed_at desc limit $1`,
      [limit],
    );
    return [...new Set(found.map(({ connectionId }) => connectionId))];
  }

  /** By connection, the highest revision of its stream that any row has seen. */
  async revisions(connectionIds: readonly string[]): Promise<Map<string, number>> {
    const found = await this.database.query<{ connectionId: string; revision: number }>(
      `select connection_id as "connectionId", max(revision)::int as revision from (
         select connection_id, activated_at_revision as revision from vault.secrets where connection_id = any($1)
         union all
         select connection_id, settled_revision from vault.vault_heads where connection_id = any($1)
       ) as seen where revision is not null group by connection_id`,
      [connectionIds],
    );
    return new Map(found.map(({ connectionId, revision }) => [connectionId, revision]));
  }

  /** Connections that are removed or never came to be, by what the heads know, whose accounts were kept before `keptBefore` all the same. */
  strayAccounts({ keptBefore, limit }: { readonly keptBefore: Date; readonly limit: number }): Promise<VaultPlace[]> {
    return this.database.query<VaultPlace>(
      `select account.workspace_id as "workspaceId", account.connection_id as "connectionId"
         from vault.connection_accounts as account left join vault.vault_heads as head using (connection_id)
        where account.updated_at < $1 and (head.settled is null or head.settled ->> 'status' = 'removed') limit $2`,
      [keptBefore, limit],
    );
  }

  async eraseAccount({ workspaceId, connectionId }: VaultPlace): Promise<void> {
    await this.database.query('delete from vault.connection_accounts where workspace_id = $1 and connection_id = $2', [
      workspaceId,
      connectionId,
    ]);
  }

  /** Those that are as they were found: a candidate that was sealed again since has a use. How many went. */
  async shred(secrets: readonly Pick<EndingSecret, 'secretId' | 'expiresAt'>[]): Promise<number> {
    const shredded = await this.database.query(
      `delete from vault.secrets as secret using unnest($1::uuid[], $2::timestamptz[]) as found (secret_id, expires_at)
        where secret.secret_id = found.secret_id and secret.expires_at is not distinct from found.expires_at returning secret.secret_id`,
      [secrets.map(({ secretId }) => secretId), secrets.map(({ expiresAt }) => expiresAt)],
    );
    return shredded.length;
  }
}
