import { ConnectionStreams } from '#custody';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { contextOf, type Commander } from '../asker';
import { ConnectionAnswers, type CommandAnswer } from '../connection-answers';
import { expecting, refuseUnexpected, type ExpectedRevisions } from '../expected-revisions';
import { withinReach } from '../within-reach';

/** Switches a connection on again: it is what it was. */
export class EnableConnection extends Command<CommandAnswer> {
  constructor(
    readonly commander: Commander,
    readonly connectionId: string,
    readonly expected: ExpectedRevisions = 'any',
  ) {
    super();
  }
}

@CommandHandler(EnableConnection)
export class EnableConnectionHandler implements ICommandHandler<EnableConnection> {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly answers: ConnectionAnswers,
  ) {}

  /** @throws Refused ConnectionDoesNotExist, PermissionIsMissing, ConnectionIsRemoved, ConnectionChangedMeanwhile */
  async execute({ commander, connectionId, expected }: EnableConnection): Promise<CommandAnswer> {
    const executed = await this.connections.execute(connectionId, contextOf(commander), ({ state }) => {
      refuseUnexpected(withinReach(state, commander), expected);
      return [...expecting(expected), { type: 'Enable' }];
    });
    return this.answers.of(executed);
  }
}
