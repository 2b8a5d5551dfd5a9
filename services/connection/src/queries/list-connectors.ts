import { Database } from '#postgres';
import { listConnectors, type ListConnectors as Asked } from '#read-models';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { lookingUp, type CatalogInquirer } from '../catalog-inquirer';
import { ReadPosition } from '../read-position';
import { shownConnectorSummary, type ShownConnectorSummary } from '../shown-connector';

export class ListConnectors extends Query<readonly ShownConnectorSummary[]> {
  constructor(
    readonly inquirer: CatalogInquirer,
    readonly asked: Asked,
  ) {
    super();
  }
}

@QueryHandler(ListConnectors)
export class ListConnectorsHandler implements IQueryHandler<ListConnectors> {
  constructor(
    private readonly database: Database,
    private readonly readPosition: ReadPosition,
  ) {}

  /** @throws Refused ReadModelIsBehind */
  async execute({ inquirer, asked }: ListConnectors): Promise<readonly ShownConnectorSummary[]> {
    await this.readPosition.reach(inquirer.minPosition);
    return lookingUp(this.database, inquirer, async (tx, counts) => {
      const connectors = await listConnectors(tx, asked);
      return connectors.map(({ key, definition }) => shownConnectorSummary(definition, counts(key)));
    });
  }
}
