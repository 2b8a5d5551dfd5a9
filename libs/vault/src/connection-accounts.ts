import type { Database } from '#postgres';

/** Who a connection is at the service, in the service's words. */
export interface Account {
  readonly id?: string;
  readonly label?: string;
}

interface Row {
  readonly id: string | null;
  readonly label: string | null;
}

interface Place {
  readonly workspaceId: string;
  readonly connectionId: string;
}

/**
 * The readable account behind a connection: often a person's name or mail address, so it lies here, where it can be erased, and never in an
 * event; events carry a keyed fingerprint of it.
 */
export class ConnectionAccounts {
  constructor(private readonly database: Database) {}

  /** Replaces what was known, and answers it. */
  async keep({ workspaceId, connectionId, id, label }: Place & Account): Promise<Account | null> {
    const [before] = await this.database.query<Row>(
      `with before as (
         select account_id as id, account_label as label from vault.connection_accounts where workspace_id = $1 and connection_id = $2
       ), kept as (
         insert into vault.connection_accounts (workspace_id, connection_id, account_id, account_label) values ($1, $2, $3, $4)
         on conflict (workspace_id, connection_id)
         do update set account_id = excluded.account_id, account_label = excluded.account_label, updated_at = now()
       ) select id, label from before`,
      [workspaceId, connectionId, id ?? null, label ?? null],
    );
    return before ? accountOf(before) : null;
  }

  /** Makes it what it was before `kept`, unless somebody has kept or forgotten it since. */
  async takeBack({ workspaceId, connectionId }: Place, kept: Account, before: Account | null): Promise<void> {
    const unchanged = `workspace_id = $1 and connection_id = $2 and account_id is not distinct from $3 and account_label is not distinct from $4`;
    const row = [workspaceId, connectionId, kept.id ?? null, kept.label ?? null];
    if (before === null) await this.database.query(`delete from vault.connection_accounts where ${unchanged}`, row);
    else {
      await this.database.query(
        `update vault.connection_accounts set account_id = $5, account_label = $6, updated_at = now() where ${unchanged}`,
        [...row, before.id ?? null, before.label ?? null],
      );
    }
  }

  async find(workspaceId: string, connectionId: string): Promise<Account | null> {
    const [account] = await this.database.query<Row>(
      `select account_id as id, account_label as label from vault.connection_accounts where workspace_id = $1 and connection_id = $2`,
      [workspaceId, connectionId],
    );
    return account ? accountOf(account) : null;
  }

  async forget(workspaceId: string, connectionId: string): Promise<void> {
    await this.database.query('delete from vault.connection_accounts where workspace_id = $1 and connection_id = $2', [
      workspaceId,
      connectionId,
    ]);
  }
}

function accountOf({ id, label }: Row): Account {
  return { ...(id !== null && { id }), ...(label !== null && { label }) };
}
