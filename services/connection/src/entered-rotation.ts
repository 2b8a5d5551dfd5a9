import type { ConnectorDefinition } from '#connectors';
import { enabled, Refused, type ExistingConnection } from '#domain';
import type { Secret } from '#secret';
import { availableDefinition } from './available-definition';
import { checkCredentials } from './check-credentials';
import { environmentOf } from './environment-of';

/** What somebody entered to take the place of the credential in use. */
export interface EnteredRotation {
  readonly credentials: Secret;
  readonly allowAccountChange: boolean;
  readonly allowEnvironmentMismatch: boolean;
}

/** The same, held to the rules of the connector. */
export interface CheckedRotation {
  readonly definition: ConnectorDefinition;
  readonly credentials: Readonly<Record<string, string>>;
  readonly expiresAt?: string;
}

/**
 * @throws Refused ConnectionIsRemoved, ConnectionIsDisabled, AuthTypeIsNotOffered, ConnectionIsPending, ConnectorIsNotAvailable, FieldsAreInvalid,
 * EnvironmentDoesNotMatch
 */
export function checkedRotation(
  connection: ExistingConnection,
  { credentials, allowEnvironmentMismatch }: EnteredRotation,
  now: Date,
): CheckedRotation {
  refuseUnlessRotatable(connection);
  const { connectorKey, authType, serviceUrl, settings, environment } = connection;
  const definition = availableDefinition(connectorKey);
  const { values, expiresAt, problems } = checkCredentials(definition, authType, credentials, now);
  if (problems.length > 0) throw new Refused('FieldsAreInvalid', {}, problems);
  if (!values) throw new Refused('AuthTypeIsNotOffered');
  const asked = { labelled: environment, allowMismatch: allowEnvironmentMismatch };
  environmentOf(definition, { serviceUrl, settings, credentials: values }, asked);
  return { definition, credentials: values, ...(expiresAt !== undefined && { expiresAt }) };
}

/** The decider says the same, after the service was called: a connection whose service must not be called is found out before. */
export function refuseUnlessRotatable(connection: ExistingConnection): void {
  const { authType, credential } = enabled(connection);
  if (authType === 'none') throw new Refused('AuthTypeIsNotOffered');
  if (!credential) throw new Refused('ConnectionIsPending');
}
