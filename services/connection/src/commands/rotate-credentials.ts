import { ConnectionStreams, CredentialKeeper } from '#custody';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AccountKeeper } from '../account-keeper';
import { contextOf, type Commander } from '../asker';
import { Candidates, type RotationAnswer } from '../candidates';
import { Clock } from '../clock';
import { checkedRotation, type EnteredRotation } from '../entered-rotation';
import { executePrepared } from '../execute-prepared';
import { expecting, refuseUnexpected, type ExpectedRevisions } from '../expected-revisions';
import { onceMore } from '../once-more';
import { withinReach } from '../within-reach';

/** New credentials in the place of those in use. */
export class RotateCredentials extends Command<RotationAnswer> {
  constructor(
    readonly commander: Commander,
    readonly connectionId: string,
    readonly secretId: string,
    readonly entered: EnteredRotation,
    readonly expected: ExpectedRevisions = 'any',
  ) {
    super();
  }
}

@CommandHandler(RotateCredentials)
export class RotateCredentialsHandler implements ICommandHandler<RotateCredentials> {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly keeper: CredentialKeeper,
    private readonly candidates: Candidates,
    private readonly accounts: AccountKeeper,
    private readonly clock: Clock,
  ) {}

  /**
   * The service is asked with the new ones. Taken, they are in use; refused, they are destroyed; could the service not be asked, they wait. Only where
   * the service refuses those in use anyway, new ones take their place untried.
   * @throws Refused as `checkedRotation` does, ConnectionDoesNotExist, PermissionIsMissing, ConnectionChangedMeanwhile, CredentialsWereRefused,
   * AddressIsNotAllowed and AccountIsDifferent (then nothing is kept)
   */
  execute(command: RotateCredentials): Promise<RotationAnswer> {
    return onceMore(() => this.#rotate(command));
  }

  async #rotate({ commander, connectionId, secretId, entered, expected }: RotateCredentials): Promise<RotationAnswer> {
    const executed = await executePrepared(this.connections, connectionId, contextOf(commander), async (loaded, otherwise) => {
      const connection = withinReach(loaded.state, commander);
      refuseUnexpected(connection, expected);
      const checked = checkedRotation(connection, entered, this.clock.now());
      const { workspaceId, authType, serviceUrl, settings } = connection;
      const place = { workspaceId, connectionId, secretId, authType, serviceUrl, settings, until: this.candidates.until() };
      const sealed = await this.keeper.seal({ ...checked, ...place });
      otherwise(() => this.keeper.discard(sealed));
      const { allowAccountChange } = entered;
      const origination = { source: 'entered', reason: 'manual', expiresAt: checked.expiresAt, allowAccountChange } as const;
      const tried = await this.candidates.tried(connectionId, connection, sealed, origination);
      const commands = [...expecting(expected), tried.propose, tried.record];
      await this.accounts.keep(loaded, commands, tried.account, otherwise);
      return commands;
    });
    return this.candidates.concluded(executed);
  }
}
