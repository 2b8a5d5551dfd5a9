import { connectorOf } from '#connectors';
import { Refused } from '#domain';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { connectorSchema } from '../connector-schema';
import type { JsonSchema } from '../json-schema';

export class GetConnectorSchema extends Query<JsonSchema> {
  constructor(readonly key: string) {
    super();
  }
}

@QueryHandler(GetConnectorSchema)
export class GetConnectorSchemaHandler implements IQueryHandler<GetConnectorSchema> {
  /**
   * Of the definition that this release holds input to, whatever the log recorded.
   * @throws Refused ConnectorDoesNotExist
   */
  execute({ key }: GetConnectorSchema): Promise<JsonSchema> {
    const definition = connectorOf(key);
    if (!definition) return Promise.reject(new Refused('ConnectorDoesNotExist'));
    return Promise.resolve(connectorSchema(definition));
  }
}
