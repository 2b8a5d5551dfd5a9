import { ConnectionStreams, Verifier } from '#custody';
import { enabled } from '#domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AccountKeeper } from '../account-keeper';
import { contextOf, type Commander } from '../asker';
import { ConnectionAnswers, type CommandAnswer } from '../connection-answers';
import { executePrepared } from '../execute-prepared';
import { onceMore } from '../once-more';
import { withinReach } from '../within-reach';

/** Asks the service again whether it takes the credential in use. */
export class VerifyConnection extends Command<CommandAnswer> {
  constructor(
    readonly commander: Commander,
    readonly connectionId: string,
  ) {
    super();
  }
}

@CommandHandler(VerifyConnection)
export class VerifyConnectionHandler implements ICommandHandler<VerifyConnection> {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly verifier: Verifier,
    private readonly accounts: AccountKeeper,
    private readonly answers: ConnectionAnswers,
  ) {}

  /**
   * @throws Refused ConnectionDoesNotExist, PermissionIsMissing, ConnectionIsRemoved, ConnectionIsDisabled, ConnectionIsPending,
   * ConnectorIsNotAvailable, CredentialsMustBeReentered, ConnectionChangedMeanwhile
   */
  execute(command: VerifyConnection): Promise<CommandAnswer> {
    return onceMore(() => this.#verify(command));
  }

  async #verify({ commander, connectionId }: VerifyConnection): Promise<CommandAnswer> {
    const executed = await executePrepared(this.connections, connectionId, contextOf(commander), async (loaded, otherwise) => {
      const { outcome, account } = await this.verifier.verify(connectionId, enabled(withinReach(loaded.state, commander)));
      const commands = [{ type: 'RecordVerification', trigger: 'manual', outcome }] as const;
      await this.accounts.keep(loaded, commands, account, otherwise);
      return commands;
    });
    return this.answers.of(executed);
  }
}
