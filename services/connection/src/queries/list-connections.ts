import { Database } from '#postgres';
import { listConnections, type ListConnections as Asked } from '#read-models';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Inquirer } from '../asker';
import { ReadPosition } from '../read-position';
import { nextTries } from '../records/due-work';
import { hasOpenWork } from '../shown-connection';
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
    return this.database.inWorkspace(inquirer.workspaceId, async (tx) => {
      const { items, nextCursor } = await listConnections(tx, asked);
      const open = items.filter(hasOpenWork).map(({ id }) => id);
      const tries = await nextTries(tx, open);
      return { items: items.map((row) => shownInList(row, tries.get(row.id))), nextCursor };
    });
  }
}
