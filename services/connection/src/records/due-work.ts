import { rows, type Database, type Transaction } from '#postgres';
import { firstTryAt, nextTryAt } from '../next-try';
import type { OpenWork } from '../open-work';

/** Whose work it is. */
export interface WorkPlace {
  readonly workspaceId: string;
  readonly connectionId: string;
}

/** Open work, and how often it was tried. */
export type DueItem = OpenWork &
  WorkPlace & {
    readonly attempts: number;
    /** Of a candidate: somebody meant it to be of whatever account it is. */
    readonly allowAccountChange: boolean;
  };

interface Waiting {
  readonly secretId: string;
  readonly until: Date;
}

const columns = `workspace_id as "workspaceId", connection_id as "connectionId", kind, secret_id::text as "secretId", target, attempts, until,
  exists (select 1 from records.account_changes as allowed where allowed.secret_id = due_work.secret_id) as "allowAccountChange"`;

/**
 * When what is open is tried next. The rows follow from the connections' streams: one too many costs a read of a stream, one too few is found by
 * whoever looks for it. They are written by whoever leaves something open, each in its workspace; all of them are seen by patchbay_jobs only.
 */
export class DueWork {
  constructor(
    private readonly database: Database,
    private readonly clock: () => Date,
  ) {}

  /** Makes the table say what is open on a connection. What it said already keeps its turn. */
  async note({ workspaceId, connectionId }: WorkPlace, open: readonly OpenWork[]): Promise<void> {
    await this.database.inWorkspace(workspaceId, async (tx) => {
      const kinds = open.map(({ kind }) => kind);
      await rows(tx, 'delete from records.due_work where connection_id = $1 and not (kind = any($2::text[]))', [connectionId, kinds]);
      for (const { kind, secretId, until, target } of open) {
        await rows(
          tx,
          `insert into records.due_work as known (workspace_id, connection_id, kind, secret_id, target, next_try_at, until)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (connection_id, kind) do update
              set secret_id = excluded.secret_id, target = excluded.target, attempts = 0, next_try_at = excluded.next_try_at,
                  until = excluded.until, created_at = now()
            where (known.secret_id, known.target) is distinct from (excluded.secret_id, excluded.target)`,
          [workspaceId, connectionId, kind, secretId, target, firstTryAt(this.clock()), until],
        );
      }
    });
  }

  /** Remembers that a candidate which has to wait may change the account: no event says so, and nobody is there to be asked when it is tried. */
  async allowAccountChange({ workspaceId, connectionId }: WorkPlace, { secretId, until }: Waiting): Promise<void> {
    await this.database.inWorkspace(workspaceId, (tx) =>
      rows(
        tx,
        `insert into records.account_changes (secret_id, workspace_id, connection_id, until) values ($1, $2, $3, $4)
         on conflict (secret_id) do nothing`,
        [secretId, workspaceId, connectionId, until],
      ),
    );
  }

  /** Forgets what was allowed for candidates that wait no more: their time is over, come what may. */
  async forgetAccountChanges(): Promise<void> {
    await this.database.query('delete from records.account_changes where until <= $1', [this.clock()]);
  }

  /** What led nowhere once more has its next turn later. */
  async postpone({ workspaceId, connectionId, kind, secretId, attempts }: DueItem): Promise<void> {
    await this.database.inWorkspace(workspaceId, (tx) =>
      rows(
        tx,
        `update records.due_work set attempts = $4, next_try_at = $5
          where connection_id = $1 and kind = $2 and secret_id is not distinct from $3::uuid`,
        [connectionId, kind, secretId, attempts + 1, nextTryAt(this.clock(), attempts + 1)],
      ),
    );
  }

  /** When what is open on a connection is tried next. */
  async nextTriesOf({ workspaceId, connectionId }: WorkPlace): Promise<NextTries> {
    const found = await this.database.inWorkspace(workspaceId, (tx) => nextTries(tx, [connectionId]));
    return found.get(connectionId) ?? {};
  }

  /** Whom something is to be asked of, the longest waiting first. */
  async dueTargets(): Promise<(string | null)[]> {
    const found = await this.database.query<{ target: string | null }>(
      'select target from records.due_work where next_try_at <= $1 or until <= $1 group by target order by min(next_try_at)',
      [this.clock()],
    );
    return found.map(({ target }) => target);
  }

  /** What has its turn with one of them, the longest waiting first, or has waited too long. */
  due(target: string | null, limit: number): Promise<DueItem[]> {
    return this.database.query<DueItem>(
      `select ${columns} from records.due_work
        where target is not distinct from $1 and (next_try_at <= $2 or until <= $2) order by next_try_at limit $3`,
      [target, this.clock(), limit],
    );
  }

  /** Every connection that something is due on. */
  async connections(): Promise<string[]> {
    const found = await this.database.query<{ connectionId: string }>(
      'select distinct connection_id as "connectionId" from records.due_work',
    );
    return found.map(({ connectionId }) => connectionId);
  }

  /** How much is open, by kind. */
  async counts(): Promise<ReadonlyMap<OpenWork['kind'], number>> {
    const found = await this.database.query<{ kind: OpenWork['kind']; open: number }>(
      'select kind, count(*)::int as open from records.due_work group by kind',
    );
    return new Map(found.map(({ kind, open }) => [kind, open]));
  }
}

/** By what is open: when it is tried next. What nobody noted yet is missing. */
export type NextTries = Readonly<Partial<Record<OpenWork['kind'], Date>>>;

/** Of those connections of the transaction's workspace on which something is open. */
export async function nextTries(tx: Transaction, connectionIds: readonly string[]): Promise<ReadonlyMap<string, NextTries>> {
  if (connectionIds.length === 0) return new Map();
  const found = await rows<{ connectionId: string; kind: OpenWork['kind']; nextTryAt: Date }>(
    tx,
    'select connection_id as "connectionId", kind, next_try_at as "nextTryAt" from records.due_work where connection_id = any($1)',
    [connectionIds],
  );
  const tries = new Map<string, NextTries>();
  for (const { connectionId, kind, nextTryAt: at } of found) tries.set(connectionId, { ...tries.get(connectionId), [kind]: at });
  return tries;
}
