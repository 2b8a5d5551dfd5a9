import { ConnectionStreams, Verifier } from '#custody';
import { Refused } from '#domain';
import { ConnectionAccounts, type Account } from '#vault';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { contextOf, type Commander } from '../asker';
import { ConnectionAnswers, type CommandAnswer } from '../connection-answers';
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

  /** @throws Refused ConnectionDoesNotExist, PermissionIsMissing, ConnectionIsPending, ConnectorIsNotAvailable, ConnectionChangedMeanwhile */
  async execute(command: VerifyConnection): Promise<CommandAnswer> {
    try {
      return await this.#verify(command);
    } catch (error) {
      // The answer was about a connection that has changed since: it is asked about once more, as it is now.
      if (error instanceof Refused && error.reason === 'ConnectionChangedMeanwhile') return this.#verify(command);
      throw error;
    }
  }

  async #verify({ commander, connectionId }: VerifyConnection): Promise<CommandAnswer> {
    let account: Account | undefined;
    const executed = await this.connections.execute(connectionId, contextOf(commander), async ({ state }) => {
      const found = await this.verifier.verify(connectionId, withinReach(state, commander));
      account = found.account;
      return [{ type: 'RecordVerification', trigger: 'manual', outcome: found.outcome }];
    });
    if (account) await this.accounts.keep({ workspaceId: commander.workspaceId, connectionId, ...account });
    return this.answers.of(executed);
  }
}
