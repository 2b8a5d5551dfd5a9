import { fieldsOf, type ConnectorDefinition, type Field } from '#connectors';
import { Refused, type ConnectionCommand, type ExistingConnection, type FieldProblem } from '#domain';
import type { Environment, Settings } from '#events';
import { originOf } from '#outbound';
import type { Secret } from '#secret';
import { isDeepStrictEqual } from 'node:util';
import { availableDefinition } from './available-definition';
import { checkCredentials, type CheckedCredentials } from './check-credentials';
import { environmentOf } from './environment-of';
import { checkPart } from './field-rules';
import { labelProblems } from './label-problems';
import { mergePatch, type JsonObject } from './merge-patch';
import { nameProblems } from './name-problems';
import { serviceUrlProblems } from './service-url-problems';

/** What somebody wants changed of a connection; what is left out stays. Settings and labels are merged (RFC 7396): null takes away. */
export interface EnteredEdit {
  readonly name?: string | undefined;
  readonly serviceUrl?: string | null | undefined;
  readonly settings?: JsonObject | null | undefined;
  readonly environment?: Environment | null | undefined;
  readonly labels?: JsonObject | null | undefined;
  readonly owner?: string | undefined;
  readonly credentials?: Secret | undefined;
  readonly allowAccountChange: boolean;
  readonly allowEnvironmentMismatch: boolean;
}

export type Edit = Extract<ConnectionCommand, { type: 'Edit' }>;

/** The same, held to the rules of the connector. */
export interface CheckedEdit {
  readonly edit: Edit;
  /** Absent where nothing was edited that the connector has a say in. */
  readonly definition?: ConnectorDefinition;
  /** The connection as its service will be called. */
  readonly place: ExistingConnection;
  /** Whether it is called otherwise than before. */
  readonly shapesTheCall: boolean;
  readonly credentials: CheckedCredentials | null;
}

/**
 * Everything that is wrong with the fields is said at once.
 * @throws Refused FieldsAreInvalid, EnvironmentDoesNotMatch, ConnectorIsNotAvailable
 */
export function checkedEdit(before: ExistingConnection, entered: EnteredEdit, now: Date): CheckedEdit {
  const { name, environment, owner } = entered;
  const labels = entered.labels === undefined ? undefined : mergePatch(before.labels, entered.labels);
  const called = checkedCall(before, entered, now);
  const problems = [...nameProblems(name), ...(called?.problems ?? []), ...(labels ? labelProblems(labels) : [])];
  if (problems.length > 0) throw new Refused('FieldsAreInvalid', {}, problems);

  const place = called ? { ...withoutServiceUrl(before), ...called.place } : before;
  const credentials = called?.credentials ?? null;
  if (called) refuseAnotherEnvironment(called.definition, place, credentials, entered);
  return {
    edit: {
      type: 'Edit',
      ...(name !== undefined && { name }),
      ...(called && { serviceUrl: place.serviceUrl ?? null, settings: place.settings }),
      ...(environment !== undefined && { environment }),
      ...(labels && { labels: labels as Readonly<Record<string, string>> }),
      ...(owner !== undefined && { owner }),
      origin: called ? originOf(called.definition, place) : null,
    },
    ...(called && { definition: called.definition }),
    place,
    shapesTheCall: before.serviceUrl !== place.serviceUrl || !isDeepStrictEqual(before.settings, place.settings),
    credentials,
  };
}

interface CheckedCall {
  readonly definition: ConnectorDefinition;
  readonly place: { readonly serviceUrl?: string; readonly settings: Settings };
  readonly credentials: CheckedCredentials | null;
  readonly problems: readonly FieldProblem[];
}

/** The part of an edit that the connector has a say in; null where there is none. */
function checkedCall(before: ExistingConnection, entered: EnteredEdit, now: Date): CheckedCall | null {
  const isAsked = [entered.serviceUrl, entered.settings, entered.environment, entered.credentials].some((part) => part !== undefined);
  if (!isAsked) return null;
  const definition = availableDefinition(before.connectorKey);
  const settings = checkedSettings(definition, before, entered.settings);
  const serviceUrl = entered.serviceUrl === undefined ? before.serviceUrl : (entered.serviceUrl ?? undefined);
  const credentials = entered.credentials ? checkCredentials(definition, before.authType, entered.credentials, now) : null;
  const place = { ...(serviceUrl !== undefined && { serviceUrl }), settings: settings.values };
  const urlProblems = entered.serviceUrl === undefined ? [] : serviceUrlProblems(definition, place);
  const problems = [...urlProblems, ...settings.problems, ...(credentials?.problems ?? [])];
  return { definition, place, credentials, problems };
}

function checkedSettings(
  definition: ConnectorDefinition,
  { authType, settings }: ExistingConnection,
  patch: EnteredEdit['settings'],
): { readonly values: Settings; readonly problems: readonly FieldProblem[] } {
  if (patch === undefined) return { values: settings, problems: [] };
  const others = definition.authMethods.flatMap((method) => method.fields);
  return checkPart('settings', mergePatch(settings, patch), fieldsOf(definition, authType) ?? [], others);
}

function refuseAnotherEnvironment(
  definition: ConnectorDefinition,
  place: ExistingConnection,
  entered: CheckedCredentials | null,
  { environment = place.environment ?? null, allowEnvironmentMismatch }: EnteredEdit,
): void {
  const { serviceUrl, settings, authType, credential } = place;
  const credentials = entered?.values ?? beginningOf(fieldsOf(definition, authType) ?? [], credential?.display);
  const asked = { labelled: environment ?? undefined, allowMismatch: allowEnvironmentMismatch };
  environmentOf(definition, { serviceUrl, settings, credentials }, asked);
}

/** The public beginning of a credential that is sealed, as if no more of it had been entered: enough to tell its environment. */
function beginningOf(fields: readonly Field[], display: string | undefined): Readonly<Record<string, string>> {
  const beginning = display?.slice(0, -1);
  const shown = fields.find(({ prefixes = [] }) => beginning !== undefined && prefixes.includes(beginning));
  return shown && beginning !== undefined ? { [shown.name]: beginning } : {};
}

function withoutServiceUrl({ serviceUrl: _, ...connection }: ExistingConnection): ExistingConnection {
  return connection;
}
