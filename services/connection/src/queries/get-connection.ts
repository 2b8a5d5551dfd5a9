import { ConnectionStreams } from '#custody';
import { Database } from '#postgres';
import { findConnection } from '#read-models';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Inquirer } from '../asker';
import { ConnectionAnswers, type ConnectionAnswer } from '../connection-answers';
import { ReadPosition } from '../read-position';
import { shownConnection } from '../shown-connection';
import { withinReach } from '../within-reach';

export class GetConnection extends Query<ConnectionAnswer> {
  constructor(
    readonly inquirer: Inquirer,
    readonly connectionId: string,
  ) {
    super();
  }
}

@QueryHandler(GetConnection)
export class GetConnectionHandler implements IQueryHandler<GetConnection> {
  constructor(
    private readonly database: Database,
    private readonly readPosition: ReadPosition,
    private readonly connections: ConnectionStreams,
    private readonly answers: ConnectionAnswers,
  ) {}

  /**
   * From the read model; from the log where the row is not there yet, or is known to be older than the log.
   * @throws Refused ConnectionDoesNotExist, ReadModelIsBehind
   */
  async execute({ inquirer, connectionId }: GetConnection): Promise<ConnectionAnswer> {
    await this.readPosition.reach(inquirer.minPosition);
    const row = await this.database.inWorkspace(inquirer.workspaceId, (tx) => findConnection(tx, connectionId));
    if (row && !row.stale) return { connection: shownConnection(row), configRevision: row.configRevision };
    const loaded = await this.connections.load(connectionId);
    withinReach(loaded.state, inquirer);
    return this.answers.of(loaded);
  }
}
