import { rows, type Database } from '#postgres';

/** What the vault itself reads in a head. The rest of the fold belongs to the domain and is kept as it comes. */
export interface SettledHead {
  /** Of the connection's stream: the head is true as of this event. */
  readonly revision: number;
  /** The current credential; none where the connection has none. */
  readonly secretId?: string;
  /** Revision of the event that made it the current one. */
  readonly secretRevision?: number;
  /** The only origin the credential may be sent to. */
  readonly boundTo?: string;
}

export interface Mark {
  readonly workspaceId: string;
  readonly connectionId: string;
  readonly commandId: string;
  /** By when the append has surely ended, one way or the other. */
  readonly until: Date;
}

export interface Settling<Settled> {
  readonly workspaceId: string;
  readonly connectionId: string;
  readonly commandId: string;
  readonly settled: Settled;
}

/**
 * What may be served for each connection, beside its secret. A command that changes it marks the head, appends, then settles: while a mark
 * stands, an event may have happened that the head does not know, and whoever reads it must fold the stream instead.
 */
export class VaultHeads<Settled extends SettledHead = SettledHead> {
  constructor(private readonly database: Database) {}

  async mark({ workspaceId, connectionId, commandId, until }: Mark): Promise<void> {
    await this.database.query(
      `insert into vault.vault_heads as head (connection_id, workspace_id, marks) values ($1, $2, jsonb_build_object($3::text, $4::text))
       on conflict (connection_id) do update set marks = head.marks || excluded.marks`,
      [connectionId, workspaceId, commandId, until.toISOString()],
    );
  }

  /**
   * Makes the head say what the stream says, unless it already knows a later revision; makes the credential it names the current one; and
   * takes away the command's own mark, all in one transaction. A mark of another command stays, also past its time: whoever settles has not read
   * what that command may have appended (`forgetMarks` is for who has).
   */
  async settle({ workspaceId, connectionId, commandId, settled }: Settling<Settled>): Promise<void> {
    await this.database.transaction(async (tx) => {
      const [head] = await rows<{ stands: boolean }>(
        tx,
        `insert into vault.vault_heads as head (connection_id, workspace_id, settled, settled_revision) values ($1, $2, $3::jsonb, $4)
         on conflict (connection_id) do update set
           settled = case when head.settled_revision >= excluded.settled_revision then head.settled else excluded.settled end,
           settled_revision = greatest(head.settled_revision, excluded.settled_revision),
           marks = head.marks - $5::text
         returning settled_revision = $4 as stands`,
        [connectionId, workspaceId, JSON.stringify(settled), settled.revision, commandId],
      );
      // A later head has already named its own secret; the one named here may be on its way to the shredder.
      if (head?.stands !== true || settled.secretId === undefined || settled.secretRevision === undefined) return;
      await rows(
        tx,
        `update vault.secrets set activated_at_revision = $1, purpose = null, expires_at = null
          where secret_id = $2 and workspace_id = $3 and connection_id = $4 and activated_at_revision is null`,
        [settled.secretRevision, settled.secretId, workspaceId, connectionId],
      );
    });
  }

  /** The command's append was refused: nothing happened that the head does not know. */
  async unmark({ connectionId, commandId }: { readonly connectionId: string; readonly commandId: string }): Promise<void> {
    await this.database.query('update vault.vault_heads set marks = marks - $2::text where connection_id = $1', [connectionId, commandId]);
  }

  /** Takes away the marks past their time: for whoever has read the stream since `now` and settled what it says, if it says anything. */
  async forgetMarks(connectionId: string, now: Date): Promise<void> {
    await this.database.query(
      `update vault.vault_heads
          set marks = (select coalesce(jsonb_object_agg(command_id, until), '{}') from jsonb_each_text(marks) as mark (command_id, until)
                        where until::timestamptz >= $2)
        where connection_id = $1`,
      [connectionId, now],
    );
  }

  /** Null where nothing was ever marked or settled. `settled` is to be trusted only while there are no marks (ISO 8601, by command). */
  async read(connectionId: string): Promise<{
    readonly workspaceId: string;
    readonly settled: Settled | null;
    readonly marks: Readonly<Record<string, string>>;
  } | null> {
    const [head] = await this.database.query<{ workspaceId: string; settled: Settled | null; marks: Record<string, string> }>(
      'select workspace_id as "workspaceId", settled, marks from vault.vault_heads where connection_id = $1',
      [connectionId],
    );
    return head ?? null;
  }
}
