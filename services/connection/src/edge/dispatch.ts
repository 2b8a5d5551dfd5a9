import type { Logger } from '#runtime';
import type { Command, CommandBus, Query, QueryBus } from '@nestjs/cqrs';
import { reasonOf } from './problem';
import { unavailableAs } from './unavailable-as';

/** Hands commands and queries to their handlers, and writes one line per command: what was asked of which stream, how it ended and how long it took. */
export class Dispatch {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly logger: Logger,
  ) {}

  async command<Result>(command: Command<Result> & { readonly connectionId?: string }): Promise<Result> {
    const started = performance.now();
    const { connectionId } = command;
    const line = { command: command.constructor.name, ...(connectionId !== undefined && { stream: `connection-${connectionId}` }) };
    const ended = (how: object): object => ({ ...line, ...how, durationMs: Math.round(performance.now() - started) });
    try {
      const result = await this.commands.execute(command);
      this.logger.info(ended({ outcome: 'done' }), line.command);
      return result;
    } catch (error) {
      const meant = unavailableAs('VaultIsSealed', error); // what commands need the database for is the vault
      this.logger.info(ended({ outcome: 'refused', reason: reasonOf(meant) }), line.command);
      throw meant;
    }
  }

  async query<Result>(query: Query<Result>): Promise<Result> {
    try {
      return await this.queries.execute(query);
    } catch (error) {
      throw unavailableAs('ReadModelIsBehind', error);
    }
  }
}
