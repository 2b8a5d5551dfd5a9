import { Database } from '#postgres';
import { listConnections, type ListConnections as Asked } from '#read-models';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Inquirer } from '../asker';
import { ReadPosition } from '../read-position';
import { shownInList, type ShownInList } from '../shown-in-list';

export interface ConnectionList {
  readonly items: readonly ShownInList[];
  /** Null: this is the last page. */
  readonly nextCursor: string | null;
}

export class ListConnections extends Query<ConnectionList> {
  constructor(
    readonly inquirer: Inquirer,
    readonly asked: Asked,
  ) {
    super();
  }
}

@QueryHandler(ListConnections)
export class ListConnectionsHandler implements IQueryHandler<ListConnections> {
  constructor(
    private readonly database: Database,
    private readonly readPosition: ReadPosition,
  ) {}

  /** @throws CursorDoesNotFit, Refused ReadModelIsBehind */
  async execute({ inquirer, asked }: ListConnections): Promise<ConnectionList> {
    await this.readPosition.reach(inquirer.minPosition);
    const { items, nextCursor } = await this.database.inWorkspace(inquirer.workspaceId, (tx) => listConnections(tx, asked));
    return { items: items.map(shownInList), nextCursor };
  }
}
