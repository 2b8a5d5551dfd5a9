import type { Database } from '#postgres';

/** Who a connection is at the service, in the service's words. */
export interface Account {
  readonly id?: string;
  readonly label?: string;
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

  /** Replaces what was known. */
  async keep({ workspaceId, connectionId, id, label }: Place & Account): Promise<void> {
    await this.database.query(
      `insert into vault.connection_accounts (workspace_id, connection_id, account_id, account_label) values ($1, $2, $3, $4)
       on conflict (workspace_id, connection_id)
       do update set account_id = excluded.account_id, account_label = excluded.account_label, updated_at = now()`,
      [workspaceId, connectionId, id ?? null, label ?? null],
    );
  }

  async find(workspaceId: string, connectionId: string): Promise<Account | null> {
    const [account] = await this.database.query<{ id: string | null; label: string | null }>(
      `select account_id as id, account_label as label from vault.connection_accounts where workspace_id = $1 and connection_id = $2`,
      [workspaceId, connectionId],
    );
    if (account === undefined) return null;
    return { ...(account.id !== null && { id: account.id }), ...(account.label !== null && { label: account.label }) };
  }

  async forget(workspaceId: string, connectionId: string): Promise<void> {
    await this.database.query('delete from vault.connection_accounts where workspace_id = $1 and connection_id = $2', [
      workspaceId,
      connectionId,
    ]);
  }
}
