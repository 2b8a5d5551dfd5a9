import { connectorOf, fieldsOf, type AuthMethod, type ConnectorDefinition } from '#connectors';
import { properName, Refused } from '#domain';
import type { AuthType, Environment, Settings } from '#events';
import type { Secret } from '#secret';
import { checkCredentials } from './check-credentials';
import { environmentOf } from './environment-of';
import { checkPart } from './field-rules';
import { labelProblems } from './label-problems';
import { nameProblems } from './name-problems';
import { serviceUrlProblems } from './service-url-problems';

/** What somebody entered for a new connection. Of the right shape; whether it makes sense is asked here. */
export interface EnteredConnection {
  readonly connector: string;
  readonly name?: string | undefined;
  readonly authType?: string | undefined;
  readonly serviceUrl?: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  /** A JSON object: wrapped, so that no command can be printed with it. */
  readonly credentials: Secret;
  readonly environment?: Environment | undefined;
  readonly allowEnvironmentMismatch: boolean;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly visibility?: string | undefined;
}

/** The same, held to the rules of its connector. */
export interface CheckedConnection {
  readonly definition: ConnectorDefinition;
  readonly authType: AuthType;
  readonly name?: string;
  readonly serviceUrl?: string;
  readonly settings: Settings;
  /** By field name; null where the auth type has none. */
  readonly credentials: Readonly<Record<string, string>> | null;
  readonly expiresAt?: string;
  readonly environment?: Environment;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Everything that is wrong with the fields is said at once.
 * @throws Refused ConnectorDoesNotExist, ConnectorIsRetired, VisibilityIsNotSupported, AuthTypeIsAmbiguous, AuthTypeIsNotOffered,
 * FieldsAreInvalid, EnvironmentDoesNotMatch
 */
export function checkedConnection(entered: EnteredConnection, now: Date): CheckedConnection {
  const definition = offered(entered.connector);
  if ((entered.visibility ?? 'workspace') !== 'workspace') throw new Refused('VisibilityIsNotSupported');
  const { authType } = methodOf(definition, entered.authType);
  const fields = fieldsOf(definition, authType) ?? [];
  const others = definition.authMethods.flatMap((method) => method.fields);

  const settings = checkPart('settings', entered.settings, fields, others);
  const credentials = checkCredentials(definition, authType, entered.credentials, now);
  const problems = [
    ...nameProblems(entered.name),
    ...serviceUrlProblems(definition, entered),
    ...settings.problems,
    ...credentials.problems,
    ...labelProblems(entered.labels),
  ];
  if (problems.length > 0) throw new Refused('FieldsAreInvalid', {}, problems);

  const { name, serviceUrl } = entered;
  const signs = { serviceUrl, settings: settings.values, credentials: credentials.values ?? {} };
  const asked = { labelled: entered.environment, allowMismatch: entered.allowEnvironmentMismatch };
  const environment = environmentOf(definition, signs, asked);
  return {
    definition,
    authType,
    ...(name !== undefined && { name: properName(name) }),
    ...(serviceUrl !== undefined && { serviceUrl }),
    settings: signs.settings,
    credentials: credentials.values,
    ...(credentials.expiresAt !== undefined && { expiresAt: credentials.expiresAt }),
    ...(environment !== undefined && { environment }),
    labels: entered.labels as Record<string, string>,
  };
}

function offered(key: string): ConnectorDefinition {
  const definition = connectorOf(key);
  if (!definition) throw new Refused('ConnectorDoesNotExist');
  if (definition.status === 'retired') throw new Refused('ConnectorIsRetired');
  return definition;
}

function methodOf({ name, authMethods }: ConnectorDefinition, authType: string | undefined): AuthMethod {
  const [only, ...others] = authMethods;
  if (authType === undefined && only && others.length === 0) return only;
  const asked = authMethods.find((method) => method.authType === authType);
  if (asked) return asked;
  const message = `${name} offers ${authMethods.map((method) => method.authType).join(', ')}.`;
  const reason = authType === undefined ? 'required' : 'choice';
  throw new Refused(authType === undefined ? 'AuthTypeIsAmbiguous' : 'AuthTypeIsNotOffered', {}, [
    { pointer: '/authType', reason, message },
  ]);
}
