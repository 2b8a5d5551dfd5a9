import { ConnectionStreams } from '#custody';
import { existing, foldName, properName, Refused } from '#domain';
import { newCommandId } from '#event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { contextOf, type Commander } from '../asker';
import { ConnectionAnswers, type CommandAnswer } from '../connection-answers';
import { NameReservations } from '../name-reservations';
import { withinReach } from '../within-reach';

export class RenameConnection extends Command<CommandAnswer> {
  constructor(
    readonly commander: Commander,
    readonly connectionId: string,
    readonly to: string,
    /** The configRevision the asker has seen; undefined: whatever it is. */
    readonly expectedRevision?: number,
  ) {
    super();
  }
}

@CommandHandler(RenameConnection)
export class RenameConnectionHandler implements ICommandHandler<RenameConnection> {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly names: NameReservations,
    private readonly answers: ConnectionAnswers,
  ) {}

  /** @throws Refused ConnectionDoesNotExist, PermissionIsMissing, ConnectionChangedMeanwhile, FieldsAreInvalid, NameIsTaken */
  async execute({ commander, connectionId, to, expectedRevision }: RenameConnection): Promise<CommandAnswer> {
    const executed = await this.connections.execute(connectionId, contextOf(commander), async ({ state }) => {
      const { configRevision } = withinReach(state, commander);
      if (expectedRevision !== undefined && expectedRevision !== configRevision) throw new Refused('ConnectionChangedMeanwhile');
      await this.names.reserve(properName(to), connectionId, commander);
      return [{ type: 'Rename', to }];
    });
    // What the event gave up, which is not what was loaded where another rename came first.
    for (const event of executed.events)
      if (event.type === 'ConnectionRenamed') await this.#giveUp(event.data.from, connectionId, commander);
    return this.answers.of(executed);
  }

  /** In the connection's queue, so that no rename back to this name takes it for reserved while it is being released. */
  async #giveUp(name: string, connectionId: string, commander: Commander): Promise<void> {
    await this.connections.execute(connectionId, contextOf({ ...commander, commandId: newCommandId() }), async ({ state }) => {
      if (foldName(existing(state).name) !== foldName(name)) await this.names.release(name, connectionId, commander);
      return [];
    });
  }
}
