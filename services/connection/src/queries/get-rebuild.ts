import { Database } from '#postgres';
import { findRebuild } from '#read-models';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { refusedRebuild } from '../refused-rebuild';
import { shownRebuild, type ShownRebuild } from '../shown-rebuild';

export class GetRebuild extends Query<ShownRebuild> {
  constructor(
    readonly projection: string,
    readonly id: string,
  ) {
    super();
  }
}

@QueryHandler(GetRebuild)
export class GetRebuildHandler implements IQueryHandler<GetRebuild> {
  constructor(private readonly database: Database) {}

  /** @throws Refused RebuildDoesNotExist */
  async execute({ projection, id }: GetRebuild): Promise<ShownRebuild> {
    return shownRebuild(await findRebuild(this.database, projection, id).catch(refusedRebuild));
  }
}
