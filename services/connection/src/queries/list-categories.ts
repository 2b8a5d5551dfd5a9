import { Database } from '#postgres';
import { connectorCategories } from '#read-models';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { CatalogInquirer } from '../catalog-inquirer';
import { ReadPosition } from '../read-position';
import type { ShownCategory } from '../shown-connector';

export class ListCategories extends Query<readonly ShownCategory[]> {
  constructor(readonly inquirer: CatalogInquirer) {
    super();
  }
}

@QueryHandler(ListCategories)
export class ListCategoriesHandler implements IQueryHandler<ListCategories> {
  constructor(
    private readonly database: Database,
    private readonly readPosition: ReadPosition,
  ) {}

  /** @throws Refused ReadModelIsBehind */
  async execute({ inquirer }: ListCategories): Promise<readonly ShownCategory[]> {
    await this.readPosition.reach(inquirer.minPosition);
    return this.database.transaction(connectorCategories);
  }
}
