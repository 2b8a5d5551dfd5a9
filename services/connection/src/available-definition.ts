import { connectorOf, type ConnectorDefinition } from '#connectors';
import { Refused } from '#domain';

/**
 * The definition of a connection's connector, as this release has it.
 * @throws Refused ConnectorIsNotAvailable
 */
export function availableDefinition(connectorKey: string): ConnectorDefinition {
  const definition = connectorOf(connectorKey);
  if (!definition) throw new Refused('ConnectorIsNotAvailable');
  return definition;
}
