import { existing, type ChronicledConnection } from '#domain';
import type { Loaded } from '#event-store';
import type { ConnectionAccounts } from '#vault';
import { connectionView } from './connection-view';
import type { DueWork } from './records/due-work';
import { hasOpenWork, shownConnection, type ShownConnection } from './shown-connection';

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
    private readonly accounts: ConnectionAccounts,
    private readonly dueWork: Pick<DueWork, 'nextTriesOf'>,
  ) {}

  /** The connection as it was loaded, without reading its stream again: that the asker may see it has been settled by then. */
  async of({ id, state, position }: Loaded<ChronicledConnection>): Promise<CommandAnswer> {
    const view = connectionView(id, existing(state));
    const { workspaceId, configRevision } = view;
    const account = await this.accounts.find(workspaceId, id);
    const tries = hasOpenWork(view) ? await this.dueWork.nextTriesOf({ workspaceId, connectionId: id }) : {};
    const shown = shownConnection({ ...view, account: account && { id: account.id ?? null, label: account.label ?? null } }, tries);
    return { connection: shown, configRevision, position };
  }
}
