import type {
  ConnectionCreated,
  ConnectionEvent,
  ConnectionVerified,
  CredentialsProposed,
  CredentialsProvided,
  CredentialsRotated,
  SettingsChanged,
  VerificationFailed,
} from '#events';
import {
  shown,
  type Candidate,
  type Condition,
  type Connection,
  type Credential,
  type ExistingConnection,
  type Facts,
} from './connection-state';

type Unstamped<Event> = Event extends { type: infer Type; data: infer Data } ? { type: Type; data: Omit<Data, 'statusAfter'> } : never;

/** What happened, before it is said what people will see of it. */
export type Decision = Unstamped<ConnectionEvent>;

type DataOf<Event extends { data: object }> = Omit<Event['data'], 'statusAfter'>;

/** A scheduled check that cannot reach the service counts only when it happens this often in a row: services have bad minutes. */
const missedChecksUntilError = 3;

/** Folds one event. What people see follows from the facts alone, never from what the event says about it. */
export function evolve(connection: Connection, event: Decision | ConnectionEvent): Connection {
  if (event.type === 'ConnectionCreated') return shown(created(event.data));
  if (connection.status === 'unknown') return connection; // no history begins without ConnectionCreated
  return shown(changed({ ...connection, revision: connection.revision + 1 }, event));
}

type Change = Exclude<Decision | ConnectionEvent, { type: 'ConnectionCreated' }>;

function changed(facts: ExistingConnection, event: Change): Facts {
  switch (event.type) {
    case 'CredentialsProvided':
      return provided(facts, event.data);
    case 'CredentialsProposed':
      return { ...facts, candidate: candidateOf(event.data) };
    case 'CredentialsRotated':
      return rotated(facts, event.data);
    case 'CredentialsRejected':
      return facts.candidate?.secretId === event.data.secretId ? { ...facts, candidate: null } : facts;
    case 'ConnectionVerified':
      return verified(facts, event.data);
    case 'VerificationFailed':
      return failed(facts, event.data);
    case 'ConnectionRenamed':
      return edited(facts, { name: event.data.to });
    case 'ServiceUrlChanged':
      return withServiceUrl(edited(facts, {}), event.data.to);
    case 'SettingsChanged':
      return edited(facts, { settings: settingsAfter(facts, event.data) });
    case 'EnvironmentLabelled':
      return withEnvironment(edited(facts, {}), event.data.to);
    case 'LabelsChanged':
      return edited(facts, { labels: event.data.to });
    case 'ConnectionOwnerChanged':
      return edited(facts, { owner: event.data.to });
    case 'ConnectionDisabled':
      return edited(facts, { disabled: true });
    case 'ConnectionEnabled':
      return edited(facts, { disabled: false });
    case 'ConnectionRemoved':
      return edited(facts, { removed: true, credential: null, previous: null, candidate: null });
  }
}

function edited(facts: Facts, changes: Partial<Facts>): Facts {
  return { ...facts, ...changes, configRevision: facts.revision };
}

function created(data: DataOf<ConnectionCreated>): Facts {
  const { workspaceId, connectorKey, connectorVersion, name, authType, serviceUrl, settings, environment, owner, labels } = data;
  return {
    revision: 0,
    configRevision: 0,
    workspaceId,
    connectorKey,
    connectorVersion,
    name,
    authType,
    ...(serviceUrl !== undefined && { serviceUrl }),
    settings,
    ...(environment !== undefined && { environment }),
    owner,
    labels,
    credential: null,
    candidate: null,
    previous: null,
    accountFingerprint: null,
    missedChecks: 0,
    condition: { kind: 'pending', code: authType === 'none' ? 'verification_pending' : 'awaiting_credentials' },
    disabled: false,
    removed: false,
  };
}

function provided(facts: Facts, data: DataOf<CredentialsProvided>): Facts {
  const { secretId, credentialVersion, fingerprint, display, boundTo, source, expiresAt, grantedScopes } = data;
  const known = {
    secretId,
    fingerprint,
    boundTo,
    source,
    ...(display !== undefined && { display }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(grantedScopes !== undefined && { grantedScopes }),
  };
  const credential: Credential = { ...known, version: credentialVersion, activatedAt: facts.revision };
  return edited(facts, { credential, condition: { kind: 'pending', code: 'verification_pending' } });
}

function candidateOf(data: DataOf<CredentialsProposed>): Candidate {
  const { secretId, fingerprint, display, boundTo, source, reason, expiresAt, grantedScopes, untried, candidateUntil } = data;
  return {
    secretId,
    fingerprint,
    boundTo,
    source,
    reason,
    ...(display !== undefined && { display }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(grantedScopes !== undefined && { grantedScopes }),
    ...(untried !== undefined && { untried }),
    ...(candidateUntil !== undefined && { until: candidateUntil }),
  };
}

function rotated(facts: Facts, { secretId, credentialVersion, previousUntil }: DataOf<CredentialsRotated>): Facts {
  const { candidate, credential } = facts;
  if (candidate?.secretId !== secretId) return facts; // no history rotates to what was not proposed
  const { reason: _, untried: __, until: ___, accepted, ...known } = candidate;
  const condition: Condition = accepted ? { kind: 'active', limited: accepted.limited } : { kind: 'pending', code: 'verification_pending' };
  return edited(facts, {
    credential: { ...known, version: credentialVersion, activatedAt: facts.revision },
    candidate: null,
    previous: credential && previousUntil !== undefined ? { ...credential, until: previousUntil } : null,
    condition,
    missedChecks: 0,
  });
}

function verified(facts: Facts, { against, accountFingerprint, ...data }: DataOf<ConnectionVerified>): Facts {
  const limited = data.limited ?? false;
  const known = { ...facts, accountFingerprint: accountFingerprint ?? facts.accountFingerprint };
  const { candidate } = facts;
  if (candidate && against.secretId === candidate.secretId) return { ...known, candidate: { ...candidate, accepted: { limited } } };
  return { ...known, condition: { kind: 'active', limited }, missedChecks: 0 };
}

function failed(facts: Facts, { category, trigger }: DataOf<VerificationFailed>): Facts {
  const refused = category === 'unauthorized' || category === 'forbidden';
  const missedChecks = refused ? 0 : facts.missedChecks + 1;
  const tolerated = trigger === 'scheduled' && !refused && missedChecks < missedChecksUntilError;
  return tolerated ? { ...facts, missedChecks } : { ...facts, missedChecks, condition: { kind: 'error', code: category } };
}

function withServiceUrl({ serviceUrl: _, ...facts }: Facts, to: string | null): Facts {
  return { ...facts, ...(to !== null && { serviceUrl: to }) };
}

function withEnvironment({ environment: _, ...facts }: Facts, to: Facts['environment'] | null): Facts {
  return { ...facts, ...(to && { environment: to }) };
}

function settingsAfter({ settings }: Facts, { set, unset }: DataOf<SettingsChanged>): Facts['settings'] {
  return Object.fromEntries(Object.entries({ ...settings, ...set }).filter(([name]) => !unset.includes(name)));
}
