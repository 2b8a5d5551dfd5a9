import { Database } from '#postgres';
import { listProjections } from '#read-models';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { shownProjection, type ShownProjection } from '../shown-rebuild';

export class ListProjections extends Query<readonly ShownProjection[]> {}

@QueryHandler(ListProjections)
export class ListProjectionsHandler implements IQueryHandler<ListProjections> {
  constructor(private readonly database: Database) {}

  async execute(): Promise<readonly ShownProjection[]> {
    return (await listProjections(this.database)).map(shownProjection);
  }
}
