import { connection as decider, existing, type Connection, type ConnectionCommand } from '#domain';
import type { ConnectionEvent } from '#events';
import type { Account, ConnectionAccounts } from '#vault';
import type { Clock } from './clock';
import type { TakeBack } from './execute-prepared';
import type { DueWork } from './records/due-work';

/**
 * Keeps whose account a connection is at its service. As with secrets, that comes before the event that speaks of it: a crash in between leaves a row that
 * the next verification rights, or that goes with the connection, and never an event whose account nobody knows.
 */
export class AccountKeeper {
  constructor(
    private readonly accounts: Pick<ConnectionAccounts, 'keep' | 'takeBack'>,
    private readonly dueWork: Pick<DueWork, 'allowAccountChange'>,
    private readonly clock: Clock,
  ) {}

  /**
   * Keeps the account that a verification found, where the connection takes that verification for its own; and that another account is meant, where a
   * candidate has to wait for its verification.
   * @throws Refused as deciding on `commands` does
   */
  async keep(
    { id: connectionId, state }: { readonly id: string; readonly state: Connection },
    commands: readonly ConnectionCommand[],
    account: Account | undefined,
    otherwise: (takeBack: TakeBack) => void,
  ): Promise<void> {
    const isChangeAllowed = commands.some((command) => command.type === 'RecordVerification' && command.allowAccountChange === true);
    if (!account && !isChangeAllowed) return;
    const { events, after } = this.#decided(state, commands);
    const { workspaceId, candidate } = existing(after);
    const place = { workspaceId, connectionId };
    if (isChangeAllowed && candidate?.until !== undefined) {
      await this.dueWork.allowAccountChange(place, { secretId: candidate.secretId, until: new Date(candidate.until) });
    }
    if (account && events.some(({ type }) => type === 'ConnectionVerified')) {
      const before = await this.accounts.keep({ ...place, ...account });
      otherwise(() => this.accounts.takeBack(place, account, before));
    }
  }

  #decided(
    state: Connection,
    commands: readonly ConnectionCommand[],
  ): { readonly events: readonly ConnectionEvent[]; readonly after: Connection } {
    const now = this.clock.now();
    let after = state;
    const events = commands.flatMap((command) => {
      const decided = decider.decide(command, after, now);
      after = decided.reduce<Connection>(decider.evolve, after);
      return decided;
    });
    return { events, after };
  }
}
