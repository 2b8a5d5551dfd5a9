import { connectorOf, publicDefinition } from '#connectors';
import { Refused } from '#domain';
import { Database } from '#postgres';
import { findConnector } from '#read-models';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { lookingUp, type CatalogInquirer } from '../catalog-inquirer';
import { ReadPosition } from '../read-position';
import { shownConnector, type ShownConnector } from '../shown-connector';

export class GetConnector extends Query<ShownConnector> {
  constructor(
    readonly inquirer: CatalogInquirer,
    readonly key: string,
  ) {
    super();
  }
}

@QueryHandler(GetConnector)
export class GetConnectorHandler implements IQueryHandler<GetConnector> {
  constructor(
    private readonly database: Database,
    private readonly readPosition: ReadPosition,
  ) {}

  /**
   * As recorded in the log; while the read model has not come so far, as this release has it.
   * @throws Refused ConnectorDoesNotExist, ReadModelIsBehind
   */
  async execute({ inquirer, key }: GetConnector): Promise<ShownConnector> {
    await this.readPosition.reach(inquirer.minPosition);
    return lookingUp(this.database, inquirer, async (tx, counts) => {
      const shipped = connectorOf(key);
      const definition = (await findConnector(tx, key))?.definition ?? (shipped && publicDefinition(shipped));
      if (!definition) throw new Refused('ConnectorDoesNotExist');
      return shownConnector(definition, counts(key));
    });
  }
}
