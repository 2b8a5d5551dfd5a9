import { ConnectionStreams, CredentialKeeper } from '#custody';
import type { DisablingReason } from '#events';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { contextOf, type Commander } from '../asker';
import { ConnectionAnswers, type CommandAnswer } from '../connection-answers';
import { expecting, refuseUnexpected, type ExpectedRevisions } from '../expected-revisions';
import { withinReach } from '../within-reach';

/** Switches a connection off: its credentials are kept, and nobody gets them. */
export class DisableConnection extends Command<CommandAnswer> {
  constructor(
    readonly commander: Commander,
    readonly connectionId: string,
    readonly reason: DisablingReason | undefined,
    readonly expected: ExpectedRevisions = 'any',
  ) {
    super();
  }
}

@CommandHandler(DisableConnection)
export class DisableConnectionHandler implements ICommandHandler<DisableConnection> {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly keeper: CredentialKeeper,
    private readonly answers: ConnectionAnswers,
  ) {}

  /**
   * A candidate that waits ends.
   * @throws Refused ConnectionDoesNotExist, PermissionIsMissing, ConnectionIsRemoved, ConnectionChangedMeanwhile
   */
  async execute({ commander, connectionId, reason, expected }: DisableConnection): Promise<CommandAnswer> {
    const executed = await this.connections.execute(connectionId, contextOf(commander), ({ state }) => {
      refuseUnexpected(withinReach(state, commander), expected);
      return [...expecting(expected), { type: 'Disable', ...(reason && { reason }) }];
    });
    await this.keeper.putAway(connectionId, executed);
    return this.answers.of(executed);
  }
}
