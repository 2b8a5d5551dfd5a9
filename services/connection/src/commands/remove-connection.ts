import { ConnectionStreams, CredentialKeeper } from '#custody';
import { existing, Refused } from '#domain';
import type { RemovalReason } from '#events';
import { ConnectionAccounts } from '#vault';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { contextOf, type Commander } from '../asker';
import { expecting, refuseUnexpected, type ExpectedRevisions } from '../expected-revisions';
import { NameReservations } from '../name-reservations';
import { withinReach } from '../within-reach';

/** Removes a connection for good. Its history stays. */
export class RemoveConnection extends Command<{ readonly position: bigint }> {
  constructor(
    readonly commander: Commander,
    readonly connectionId: string,
    readonly reason: RemovalReason | undefined,
    /** Also where workflows use it. */
    readonly force: boolean,
    readonly expected: ExpectedRevisions = 'any',
  ) {
    super();
  }
}

@CommandHandler(RemoveConnection)
export class RemoveConnectionHandler implements ICommandHandler<RemoveConnection> {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly names: NameReservations,
    private readonly keeper: CredentialKeeper,
    private readonly accounts: ConnectionAccounts,
  ) {}

  /**
   * Destroys its secrets, forgets whose account it was and sets its name free, once the event is on record. Removing what is removed does what was
   * left undone of that.
   * @throws Refused ConnectionDoesNotExist, PermissionIsMissing, ConnectionChangedMeanwhile
   */
  async execute({ commander, connectionId, reason, force, expected }: RemoveConnection): Promise<{ readonly position: bigint }> {
    const { workspaceId } = commander;
    const executed = await this.connections.execute(connectionId, contextOf(commander), ({ state }) => {
      const connection = withinReach(state, commander);
      if (force && !commander.oversees) throw new Refused('PermissionIsMissing');
      const seen = connection.removed ? 'any' : expected;
      refuseUnexpected(connection, seen);
      return [...expecting(seen), { type: 'Remove', ...(reason && { reason }) }];
    });
    await this.keeper.putAway(connectionId, executed);
    await this.accounts.forget(workspaceId, connectionId);
    await this.names.releaseRemoved(existing(executed.state).name, connectionId, commander);
    return { position: executed.position };
  }
}
