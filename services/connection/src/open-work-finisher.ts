import type { ConnectionStreams, CredentialKeeper, Verifier } from '#custody';
import { settledOf, type Connection, type ConnectionCommand, type ExistingConnection, type Settled } from '#domain';
import { newCommandId, type Executed } from '#event-store';
import type { ConnectionEvent } from '#events';
import { SecretDoesNotExist, type Account, type UnfinishedPlace, type VaultHeads } from '#vault';
import type { AccountKeeper } from './account-keeper';
import { executePrepared } from './execute-prepared';
import { onceMore } from './once-more';
import { isSameWork, openWorkOf, type OpenWork } from './open-work';
import type { DueItem, DueWork } from './records/due-work';
import { systemContext } from './system-context';

/**
 * What came of one try. `finished`: the service answered, one way or the other. `abandoned`: its time was over. `waits`: the service could not be
 * asked. `moot`: somebody else was faster.
 */
export type Try = 'finished' | 'abandoned' | 'waits' | 'moot';

export const tries: readonly Try[] = ['finished', 'abandoned', 'waits', 'moot'];

export interface Finishing {
  readonly connections: ConnectionStreams;
  readonly verifier: Verifier;
  readonly keeper: CredentialKeeper;
  readonly accounts: AccountKeeper;
  readonly clock: () => Date;
}

interface Found {
  readonly commands: readonly ConnectionCommand[];
  readonly account?: Account;
}

/** Takes open work one step on, as the stream says it is, whatever whoever noted it believed. */
export class OpenWorkFinisher {
  constructor(
    private readonly finishing: Finishing,
    private readonly dueWork: Pick<DueWork, 'note' | 'postpone'>,
    private readonly heads: Pick<VaultHeads<Settled>, 'settle' | 'forgetMarks'>,
  ) {}

  /**
   * Ends within about 20 s. The next turn of what waits, or could not be tried, has been set by then.
   * @throws Refused, SecretDoesNotOpen, VaultIsSealed, LogIsUnavailable, … whatever kept it from being tried
   */
  async finish(item: DueItem, signal: AbortSignal): Promise<Try> {
    const { connections, keeper, accounts } = this.finishing;
    const { workspaceId, connectionId } = item;
    let found: Found = { commands: [] };
    let executed: Executed<Connection, ConnectionEvent>;
    try {
      executed = await onceMore(() =>
        executePrepared(connections, connectionId, systemContext(newCommandId(), workspaceId), async (loaded, otherwise) => {
          found = await this.#found(item, loaded.state, signal);
          await accounts.keep(loaded, found.commands, found.account, otherwise);
          return found.commands;
        }),
      );
    } catch (error) {
      await this.dueWork.postpone(item);
      throw error;
    }
    if (executed.events.length > 0) await keeper.putAway(connectionId, executed);

    const open = openWorkOf(executed.state);
    await this.dueWork.note(item, open);
    if (open.some((work) => isSameWork(work, item))) {
      await this.dueWork.postpone(item);
      return 'waits';
    }
    if (executed.events.length === 0) return 'moot';
    return found.commands.some(({ type }) => type === 'AbandonCandidate') ? 'abandoned' : 'finished';
  }

  /**
   * Looks at a connection on which something may be open although nobody noted it. Whether something is. Where the head may not know of an append, it
   * is told.
   */
  async lookAt(place: UnfinishedPlace): Promise<boolean> {
    const now = this.finishing.clock(); // before the stream: a mark past its time by then hides nothing that it does not show
    const { state } = await this.finishing.connections.load(place.connectionId);
    if (place.marked) await this.#settle(place, state, now);
    const open = openWorkOf(state);
    if (open.length === 0) return false;
    await this.dueWork.note(place, open);
    return true;
  }

  async #settle({ workspaceId, connectionId }: UnfinishedPlace, connection: Connection, now: Date): Promise<void> {
    const settled = settledOf(connection);
    if (settled) await this.heads.settle({ workspaceId, connectionId, commandId: newCommandId(), settled });
    await this.heads.forgetMarks(connectionId, now);
  }

  async #found(item: DueItem, connection: Connection, signal: AbortSignal): Promise<Found> {
    const work = openWorkOf(connection).find((open) => isSameWork(open, item));
    if (!work || connection.status === 'unknown') return { commands: [] };
    if (isOver(work, this.finishing.clock())) return abandoning(work);
    try {
      const { outcome, account } = await this.#verified(item.connectionId, connection, work, signal);
      const { allowAccountChange } = item;
      return { commands: [{ type: 'RecordVerification', trigger: 'scheduled', outcome, allowAccountChange }], ...(account && { account }) };
    } catch (error) {
      // Without its secret a candidate cannot ever be tried.
      if (error instanceof SecretDoesNotExist && work.kind === 'candidate') return abandoning(work);
      throw error;
    }
  }

  #verified(connectionId: string, connection: ExistingConnection, { kind }: OpenWork, signal: AbortSignal): ReturnType<Verifier['verify']> {
    const { verifier } = this.finishing;
    const { candidate } = connection;
    return verifier.verify(connectionId, connection, { signal, ...(kind === 'candidate' && candidate && { candidate }) });
  }
}

function isOver({ until }: OpenWork, now: Date): boolean {
  return until !== null && until.getTime() <= now.getTime();
}

function abandoning({ kind, secretId }: OpenWork): Found {
  return { commands: kind === 'candidate' ? [{ type: 'AbandonCandidate', secretId }] : [] };
}
