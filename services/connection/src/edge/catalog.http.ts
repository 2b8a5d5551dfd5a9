import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { CatalogInquirer } from '../catalog-inquirer';
import type { JsonSchema } from '../json-schema';
import { GetConnector } from '../queries/get-connector';
import { GetConnectorSchema } from '../queries/get-connector-schema';
import { ListCategories } from '../queries/list-categories';
import { ListConnectors } from '../queries/list-connectors';
import type { ShownCategory, ShownConnector, ShownConnectorSummary } from '../shown-connector';
import { CatalogInquiredBy } from './asked-by';
import { ConnectorFilter } from './connector-filter';
import { Dispatch } from './dispatch';
import { Operates } from './operates';
import { wellFormedQuery } from './well-formed';

/** All of it at once: nobody has so many connectors that they would need pages. */
interface WholeList<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: null;
}

@ApiTags('Catalog')
@Controller('v1')
export class CatalogHttp {
  constructor(private readonly dispatch: Dispatch) {}

  @Get('connectors')
  @Operates('ListConnectors', {
    summary: 'List the connectors',
    headers: ['Patchbay-Min-Position'],
    answer: 'ConnectorList',
    refusals: ['ReadModelIsBehind'],
  })
  async connectors(
    @CatalogInquiredBy() inquirer: CatalogInquirer,
    @Query(wellFormedQuery) filter: ConnectorFilter,
  ): Promise<WholeList<ShownConnectorSummary>> {
    return whole(await this.dispatch.query(new ListConnectors(inquirer, filter)));
  }

  @Get('connectors/:key')
  @Operates('GetConnector', {
    summary: 'Get a connector',
    description: 'What to enter for a connection to it, where to find it, and what a verification shows.',
    headers: ['Patchbay-Min-Position'],
    answer: 'Connector',
    refusals: ['ConnectorDoesNotExist', 'ReadModelIsBehind'],
  })
  connector(@CatalogInquiredBy() inquirer: CatalogInquirer, @Param('key') key: string): Promise<ShownConnector> {
    return this.dispatch.query(new GetConnector(inquirer, key));
  }

  @Get('connectors/:key/schema')
  @Operates('GetConnectorSchema', {
    summary: 'Get the schema of what is entered for a connector',
    description:
      'A JSON Schema (2020-12) of `connector`, `authType`, `serviceUrl`, `settings` and `credentials` in the body that creates a connection. What it refuses is refused; secret fields are `writeOnly`.',
    answer: 'ConnectorSchema',
    refusals: ['ConnectorDoesNotExist'],
  })
  schema(@Param('key') key: string): Promise<JsonSchema> {
    return this.dispatch.query(new GetConnectorSchema(key));
  }

  @Get('connector-categories')
  @Operates('ListCategories', {
    summary: 'List the categories of connectors',
    headers: ['Patchbay-Min-Position'],
    answer: 'CategoryList',
    refusals: ['ReadModelIsBehind'],
  })
  async categories(@CatalogInquiredBy() inquirer: CatalogInquirer): Promise<WholeList<ShownCategory>> {
    return whole(await this.dispatch.query(new ListCategories(inquirer)));
  }
}

function whole<Item>(items: readonly Item[]): WholeList<Item> {
  return { items, nextCursor: null };
}
