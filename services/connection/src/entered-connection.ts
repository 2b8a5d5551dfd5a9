import { connectorOf, fieldsOf, type AuthMethod, type ConnectorDefinition } from '#connectors';
import { properName, Refused, type FieldProblem } from '#domain';
import type { AuthType, Environment, Settings } from '#events';
import { originOf, OutboundDenied } from '#outbound';
import type { Secret } from '#secret';
import { environmentOf } from './environment-of';
import { checkPart } from './field-rules';

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

  const { expiresAt: enteredExpiry, ...enteredCredentials } = JSON.parse(entered.credentials.reveal()) as Record<string, unknown>;
  const name = checkName(entered.name);
  const expiry = authType === 'none' ? {} : checkExpiry(enteredExpiry, now);
  const settings = checkPart('settings', entered.settings, fields, others);
  const credentials = checkPart('credentials', enteredCredentials, fields, others);
  const problems = [
    ...name.problems,
    ...serviceUrlProblems(definition, entered),
    ...settings.problems,
    ...credentials.problems,
    ...(expiry.problems ?? []),
    ...labelProblems(entered.labels),
  ];
  if (problems.length > 0) throw new Refused('FieldsAreInvalid', {}, problems);

  const { serviceUrl } = entered;
  const signs = { serviceUrl, settings: settings.values, credentials: credentials.values as Record<string, string> };
  const asked = { labelled: entered.environment, allowMismatch: entered.allowEnvironmentMismatch };
  const environment = environmentOf(definition, signs, asked);
  return {
    definition,
    authType,
    ...(name.value !== undefined && { name: name.value }),
    ...(serviceUrl !== undefined && { serviceUrl }),
    settings: signs.settings,
    credentials: authType === 'none' ? null : signs.credentials,
    ...(expiry.value !== undefined && { expiresAt: expiry.value }),
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

interface Checked {
  readonly value?: string;
  readonly problems?: readonly FieldProblem[];
}

function checkName(entered: string | undefined): Required<Pick<Checked, 'problems'>> & Checked {
  if (entered === undefined) return { problems: [] };
  try {
    return { value: properName(entered), problems: [] };
  } catch (error) {
    if (error instanceof Refused) return { problems: error.problems };
    throw error;
  }
}

const longestUrl = 2048;

/** Only what its text shows; whether the address may be called is asked when it is. */
function serviceUrlProblems(definition: ConnectorDefinition, { serviceUrl, settings }: EnteredConnection): readonly FieldProblem[] {
  const problem = (reason: string, message: string): readonly FieldProblem[] => [{ pointer: '/serviceUrl', reason, message }];
  const place = definition.serviceUrl;
  if (!('entered' in place)) return serviceUrl === undefined ? [] : problem('unknown', `${definition.name} has no service URL to enter.`);
  if (serviceUrl === undefined) return place.required ? problem('required', `The service URL is missing. ${place.help}`) : [];
  if (serviceUrl.length > longestUrl) return problem('length', `A service URL has at most ${longestUrl} characters.`);
  try {
    originOf(definition, { serviceUrl, settings: settings as Settings });
  } catch (error) {
    if (!(error instanceof OutboundDenied)) throw error;
    return problem('pattern', `This is no service URL. It looks like ${place.example}, without user name, blanks and backslashes.`);
  }
  if (/[?#]/.test(serviceUrl))
    return problem('pattern', 'A service URL has neither a query nor a fragment: what is secret belongs under credentials.');
  return [];
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

function checkExpiry(entered: unknown, now: Date): Checked {
  if (entered === undefined || entered === null) return {};
  const problem = (reason: string, message: string): Checked => ({ problems: [{ pointer: '/credentials/expiresAt', reason, message }] });
  const time = typeof entered === 'string' && rfc3339.test(entered) ? Date.parse(entered) : Number.NaN;
  if (Number.isNaN(time)) return problem('pattern', 'When the credential expires is a time as in RFC 3339, such as 2027-01-31T00:00:00Z.');
  if (time <= now.getTime()) return problem('past', 'This credential has expired already.');
  return { value: new Date(time).toISOString() };
}

const mostLabels = 32;
const labelKey = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/;
const longestLabel = 256;

function labelProblems(labels: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const entries = Object.entries(labels);
  if (entries.length > mostLabels) {
    return [{ pointer: '/labels', reason: 'entries', message: `A connection has at most ${mostLabels} labels.` }];
  }
  return entries.flatMap(([key, value]): readonly FieldProblem[] => {
    if (!labelKey.test(key)) {
      const message =
        'The key of a label has 1 to 63 letters, digits, dots, slashes, hyphens and underscores, and begins and ends with a letter or digit.';
      return [{ pointer: '/labels', reason: 'key', message }];
    }
    if (typeof value === 'string' && value.length <= longestLabel) return [];
    const pointer = `/labels/${key.replaceAll('/', '~1')}`;
    return [{ pointer, reason: 'type', message: `The value of a label is a text of at most ${longestLabel} characters.` }];
  });
}
