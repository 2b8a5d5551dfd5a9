import { ConnectionStreams } from '#custody';
import { living, Refused } from '#domain';
import { Database } from '#postgres';
import { findConnection } from '#read-models';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Inquirer } from '../asker';
import { ConnectionAnswers, type ConnectionAnswer } from '../connection-answers';
import { ReadPosition } from '../read-position';
import { nextTries } from '../records/due-work';
import { hasOpenWork, shownConnection } from '../shown-connection';
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
   * @throws Refused ConnectionDoesNotExist, ConnectionIsRemoved, ReadModelIsBehind
   */
  async execute({ inquirer, connectionId }: GetConnection): Promise<ConnectionAnswer> {
    await this.readPosition.reach(inquirer.minPosition);
    const { row, tries } = await this.database.inWorkspace(inquirer.workspaceId, async (tx) => {
      const found = await findConnection(tx, connectionId);
      const known = await nextTries(tx, found && hasOpenWork(found) ? [connectionId] : []);
      return { row: found, tries: known.get(connectionId) };
    });
    if (row?.status === 'removed') throw new Refused('ConnectionIsRemoved');
    if (row && !row.stale) return { connection: shownConnection(row, tries), configRevision: row.configRevision };
    const loaded = await this.connections.load(connectionId);
    living(withinReach(loaded.state, inquirer));
    return this.answers.of(loaded);
  }
}
