import type { ConnectionStreams } from '#custody';
import type { ConnectionAccounts } from '#vault';
import { viewAfter, type ConnectionView } from './connection-view';
import type { DueWork } from './records/due-work';
import { shownConnection, type ShownConnection } from './shown-connection';

/** A connection and what an answer says beside it. */
export interface ConnectionAnswer {
  readonly connection: ShownConnection;
  /** Of the last event that changed what a person edits. */
  readonly configRevision: number;
}

/** What commands answer: the log has it, whether or not the read model has heard of it yet. */
export interface CommandAnswer extends ConnectionAnswer {
  /** Of the last event that the answer has seen. */
  readonly position: bigint;
}

/** Shows connections as the log has them. */
export class ConnectionAnswers {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly accounts: ConnectionAccounts,
    private readonly dueWork: Pick<DueWork, 'nextTryOf'>,
  ) {}

  /** The connection as it was after the event at `revision`, which must have been loaded: that the asker may see it has been settled by then. */
  async of({
    id,
    revision,
    position,
  }: {
    readonly id: string;
    readonly revision: number;
    readonly position: bigint;
  }): Promise<CommandAnswer> {
    let view: ConnectionView | null = null;
    for await (const stored of this.connections.history(id, { maxCount: revision + 1 })) view = viewAfter(view, id, stored);
    if (view === null) throw new TypeError(`the stream of connection ${id} does not begin as one does`);
    const account = await this.accounts.find(view.workspaceId, id);
    const nextTryAt = view.candidate && (await this.dueWork.nextTryOf({ workspaceId: view.workspaceId, connectionId: id }));
    const shown = shownConnection({ ...view, account: account && { id: account.id ?? null, label: account.label ?? null } }, { nextTryAt });
    return { connection: shown, configRevision: view.configRevision, position };
  }
}
