import type { AuthMethod, ConnectorDefinition } from './definition';
import type { Field } from './field';

/** Everything that may be entered for a connection of this auth type; undefined when the connector does not offer it. */
export function fieldsOf(definition: ConnectorDefinition, authType: AuthMethod['authType']): readonly Field[] | undefined {
  const method = definition.authMethods.find((offered) => offered.authType === authType);
  return method && [...definition.settings, ...method.fields];
}
