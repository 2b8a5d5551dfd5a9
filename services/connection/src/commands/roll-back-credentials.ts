import { ConnectionStreams, CredentialKeeper } from '#custody';
import { canRollBack, Refused } from '#domain';
import { originOf } from '#outbound';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AccountKeeper } from '../account-keeper';
import { contextOf, type Commander } from '../asker';
import { availableDefinition } from '../available-definition';
import { Candidates, type RotationAnswer } from '../candidates';
import { Clock } from '../clock';
import { refuseUnlessRotatable } from '../entered-rotation';
import { executePrepared } from '../execute-prepared';
import { expecting, refuseUnexpected, type ExpectedRevisions } from '../expected-revisions';
import { onceMore } from '../once-more';
import { withinReach } from '../within-reach';

/** The credentials before those in use, once more. */
export class RollBackCredentials extends Command<RotationAnswer> {
  constructor(
    readonly commander: Commander,
    readonly connectionId: string,
    readonly secretId: string,
    readonly allowAccountChange: boolean,
    readonly expected: ExpectedRevisions = 'any',
  ) {
    super();
  }
}

@CommandHandler(RollBackCredentials)
export class RollBackCredentialsHandler implements ICommandHandler<RollBackCredentials> {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly keeper: CredentialKeeper,
    private readonly candidates: Candidates,
    private readonly accounts: AccountKeeper,
    private readonly clock: Clock,
  ) {}

  /**
   * A copy of them is rotated to like any other credential, and bound to the origin they were entered for.
   * @throws Refused ConnectionDoesNotExist, PermissionIsMissing, ConnectionIsRemoved, ConnectionIsDisabled, ConnectorIsNotAvailable, NothingToRollBackTo,
   * CredentialsMustBeReentered (the connection has moved since), CredentialsWereRefused, AddressIsNotAllowed, AccountIsDifferent,
   * ConnectionChangedMeanwhile
   */
  execute(command: RollBackCredentials): Promise<RotationAnswer> {
    return onceMore(() => this.#rollBack(command));
  }

  async #rollBack({ commander, connectionId, secretId, allowAccountChange, expected }: RollBackCredentials): Promise<RotationAnswer> {
    const executed = await executePrepared(this.connections, connectionId, contextOf(commander), async (loaded, otherwise) => {
      const connection = withinReach(loaded.state, commander);
      refuseUnexpected(connection, expected);
      refuseUnlessRotatable(connection);
      const { workspaceId, previous } = connection;
      if (!previous || !canRollBack(connection, this.clock.now())) throw new Refused('NothingToRollBackTo');
      // The connection may have moved since: then they were entered for somewhere else.
      const origin = originOf(availableDefinition(connection.connectorKey), connection);
      if (previous.boundTo !== origin) throw new Refused('CredentialsMustBeReentered');
      const sealed = await this.keeper.sealAgain(previous, { workspaceId, connectionId, secretId, until: this.candidates.until() });
      otherwise(() => this.keeper.discard(sealed));
      const { source, expiresAt } = previous;
      const tried = await this.candidates.tried(connectionId, connection, sealed, {
        source,
        reason: 'rolled_back',
        expiresAt,
        allowAccountChange,
      });
      const commands = [...expecting(expected), tried.propose, tried.record];
      await this.accounts.keep(loaded, commands, tried.account, otherwise);
      return commands;
    });
    return this.candidates.concluded(executed);
  }
}
