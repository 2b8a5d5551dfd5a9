import { ConnectionStreams, Verifier } from '#custody';
import { enabled } from '#domain';
import { ConnectionAccounts, type Account } from '#vault';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { contextOf, type Commander } from '../asker';
import { ConnectionAnswers, type CommandAnswer } from '../connection-answers';
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
    private readonly accounts: ConnectionAccounts,
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
    let account: Account | undefined;
    const executed = await this.connections.execute(connectionId, contextOf(commander), async ({ state }) => {
      const found = await this.verifier.verify(connectionId, enabled(withinReach(state, commander)));
      account = found.account;
      return [{ type: 'RecordVerification', trigger: 'manual', outcome: found.outcome }];
    });
    if (account) await this.accounts.keep({ workspaceId: commander.workspaceId, connectionId, ...account });
    return this.answers.of(executed);
  }
}
