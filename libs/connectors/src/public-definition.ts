import { categories } from './categories';
import type { ConnectorDefinition } from './definition';

/** What anybody may know of a connector, as `GET /v1/connectors/{key}` shows it (without `connectedCount`). How its credential travels and is checked stays inside. */
export function publicDefinition(definition: ConnectorDefinition): Record<string, unknown> {
  const { verification: _, authMethods, ...shown } = definition;
  return {
    ...shown,
    categories: categories.filter(({ key }) => definition.categories.includes(key)),
    authMethods: authMethods.map(({ placements: _placements, ...method }) => method),
  };
}
