import { connection as decider, existing, type Connection, type ConnectionCommand } from '#domain';
import type { ConnectionEvent } from '#events';
import type { Account, ConnectionAccounts } from '#vault';
import type { Clock } from './clock';
import type { TakeBack } from './execute-prepared';

/**
 * Keeps whose account a connection is at its service. As with secrets, that comes before the event that speaks of it: a crash in between leaves a row that
 * the next verification rights, or that goes with the connection, and never an event whose account nobody knows.
 */
export class AccountKeeper {
  constructor(
    private readonly accounts: Pick<ConnectionAccounts, 'keep' | 'takeBack'>,
    private readonly clock: Clock,
  ) {}

  /**
   * Keeps the account that a verification found, where the connection takes that verification for its own.
   * @throws Refused as deciding on `commands` does
   */
  async keep(
    { id: connectionId, state }: { readonly id: string; readonly state: Connection },
    commands: readonly ConnectionCommand[],
    account: Account | undefined,
    otherwise: (takeBack: TakeBack) => void,
  ): Promise<void> {
    if (!account) return;
    const { events, after } = this.#decided(state, commands);
    if (!events.some(({ type }) => type === 'ConnectionVerified')) return;
    const place = { workspaceId: existing(after).workspaceId, connectionId };
    const before = await this.accounts.keep({ ...place, ...account });
    otherwise(() => this.accounts.takeBack(place, account, before));
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
