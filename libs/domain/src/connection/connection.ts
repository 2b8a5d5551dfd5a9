import type { ConnectionEvent, Settings } from '#events';
import { isDeepStrictEqual } from 'node:util';
import type { Decider } from '../decider';
import { properName } from '../name/proper-name';
import { Refused } from '../refused';
import { againstCandidate, againstOf, sameAgainst } from './against';
import type {
  AbandonCandidate,
  ConnectionCommand,
  Create,
  Disable,
  Edit,
  Expect,
  ProposeCandidate,
  ProvideCredentials,
  RecordVerification,
  Remove,
  VerificationOutcome,
} from './connection-command';
import {
  enabled,
  existing,
  isRefused,
  living,
  statusAfterOf,
  type Candidate,
  type Connection,
  type ExistingConnection,
} from './connection-state';
import { evolve, type Decision } from './evolve';

/** How long an entered credential that was replaced can be rolled back to. */
const rollbackMs = 24 * 60 * 60_000;

function decide(command: ConnectionCommand, connection: Connection, now: Date): readonly ConnectionEvent[] {
  return stamped(connection, decisions(command, connection, now));
}

function decisions(command: ConnectionCommand, connection: Connection, now: Date): readonly Decision[] {
  switch (command.type) {
    case 'Create':
      return create(command, connection);
    case 'ProvideCredentials':
      return provideCredentials(command, enabled(connection));
    case 'ProposeCandidate':
      return proposeCandidate(command, enabled(connection), now);
    case 'AbandonCandidate':
      return abandonCandidate(command, living(connection));
    case 'RecordVerification':
      return recordVerification(command, enabled(connection), now);
    case 'Expect':
      return expect(command, existing(connection));
    case 'Edit':
      return edit(command, living(connection), now);
    case 'Disable':
      return disable(command, living(connection));
    case 'Enable':
      return living(connection).disabled ? [{ type: 'ConnectionEnabled', data: {} }] : [];
    case 'Remove':
      return remove(command, existing(connection));
  }
}

function create({ type: _, ...created }: Create, connection: Connection): readonly Decision[] {
  if (connection.status !== 'unknown') throw new Refused('ConnectionChangedMeanwhile');
  return [{ type: 'ConnectionCreated', data: { ...created, name: properName(created.name) } }];
}

function provideCredentials({ type: _, ...provided }: ProvideCredentials, connection: ExistingConnection): readonly Decision[] {
  if (connection.authType === 'none') throw new Refused('AuthTypeIsNotOffered', { authType: 'none' });
  if (connection.credential?.secretId === provided.secretId) return [];
  if (connection.credential) throw new Refused('ConnectionChangedMeanwhile'); // what comes after the first is a rotation
  return [{ type: 'CredentialsProvided', data: { ...provided, credentialVersion: 1 } }];
}

function proposeCandidate({ type: _, ...proposed }: ProposeCandidate, connection: ExistingConnection, now: Date): readonly Decision[] {
  const { authType, credential, candidate } = connection;
  if (authType === 'none') throw new Refused('AuthTypeIsNotOffered', { authType: 'none' });
  if (!credential) throw new Refused('ConnectionIsPending');
  if (credential.secretId === proposed.secretId || candidate?.secretId === proposed.secretId) return [];
  if (proposed.reason === 'rolled_back' && !canRollBack(connection, now)) throw new Refused('NothingToRollBackTo');
  return [...ended(candidate, 'superseded', 'newer_candidate'), { type: 'CredentialsProposed', data: proposed }];
}

/** Whether the credential before the current one is still kept. */
export function canRollBack({ previous }: ExistingConnection, now: Date): boolean {
  return previous !== null && now.getTime() < Date.parse(previous.until);
}

function abandonCandidate({ secretId }: AbandonCandidate, { candidate }: ExistingConnection): readonly Decision[] {
  return candidate?.secretId === secretId ? ended(candidate, 'abandoned', 'candidate_expired') : [];
}

type Rejected = Extract<Decision, { type: 'CredentialsRejected' }>;

function ended(
  candidate: Candidate | null,
  category: Rejected['data']['category'],
  code: Rejected['data']['detail']['code'],
): readonly Decision[] {
  return candidate ? [{ type: 'CredentialsRejected', data: { secretId: candidate.secretId, category, detail: { code } } }] : [];
}

function recordVerification(command: RecordVerification, connection: ExistingConnection, now: Date): readonly Decision[] {
  const { candidate } = connection;
  return candidate?.secretId === command.outcome.against.secretId
    ? recordOfCandidate(command, connection, candidate, now)
    : recordOfCurrent(command, connection);
}

function recordOfCurrent(
  { trigger, outcome, allowAccountChange }: RecordVerification,
  connection: ExistingConnection,
): readonly Decision[] {
  // An answer about yesterday's key or address says nothing about today's.
  if (!sameAgainst(outcome.against, againstOf(connection))) throw new Refused('ConnectionChangedMeanwhile');
  if (trigger === 'edited' && allowAccountChange !== true) refuseAnotherAccount(connection, outcome);
  return [outcomeEvent(trigger, outcome)];
}

/** Accepted, it becomes the current credential; refused, it ends; untried, it waits, unless the current one is of no use anyway. */
function recordOfCandidate(
  command: RecordVerification,
  connection: ExistingConnection,
  candidate: Candidate,
  now: Date,
): readonly Decision[] {
  const { trigger, outcome, allowAccountChange } = command;
  if (!sameAgainst(outcome.against, againstCandidate(connection, candidate))) throw new Refused('ConnectionChangedMeanwhile');
  if (outcome.accepted) {
    if (allowAccountChange !== true && isAnotherAccount(connection, outcome)) {
      // On a schedule nobody is there to be asked.
      if (trigger === 'scheduled') return ended(candidate, 'abandoned', 'account_is_different');
      throw new Refused('AccountIsDifferent');
    }
    return [outcomeEvent(trigger, outcome), rotation(connection, candidate, now)];
  }
  const { category, detail } = outcome;
  if (category === 'unauthorized' || category === 'forbidden' || category === 'blocked') {
    return [{ type: 'CredentialsRejected', data: { secretId: candidate.secretId, category, detail } }];
  }
  return isRefused(connection) ? [rotation(connection, candidate, now), outcomeEvent(trigger, outcome)] : [];
}

function outcomeEvent(trigger: RecordVerification['trigger'], outcome: VerificationOutcome): Decision {
  const { accepted: _, ...found } = outcome;
  return 'category' in found
    ? { type: 'VerificationFailed', data: { ...found, trigger } }
    : { type: 'ConnectionVerified', data: { ...found, trigger } };
}

function rotation({ credential }: ExistingConnection, candidate: Candidate, now: Date): Decision {
  if (!credential) throw new Refused('ConnectionIsPending');
  const { secretId, reason, expiresAt } = candidate;
  return {
    type: 'CredentialsRotated',
    data: {
      secretId,
      credentialVersion: credential.version + 1, // the current one is always the highest ever
      previousVersion: credential.version,
      ...(credential.source === 'entered' && { previousUntil: new Date(now.getTime() + rollbackMs).toISOString() }),
      reason,
      ...(expiresAt !== undefined && { expiresAt }),
    },
  };
}

function refuseAnotherAccount(connection: ExistingConnection, outcome: VerificationOutcome): void {
  if (isAnotherAccount(connection, outcome)) throw new Refused('AccountIsDifferent');
}

function isAnotherAccount({ accountFingerprint }: ExistingConnection, outcome: VerificationOutcome): boolean {
  if (!outcome.accepted || accountFingerprint === null || outcome.accountFingerprint === undefined) return false;
  return accountFingerprint !== outcome.accountFingerprint;
}

function expect({ configRevisions }: Expect, { configRevision }: ExistingConnection): readonly Decision[] {
  if (!configRevisions.includes(configRevision)) throw new Refused('ConnectionChangedMeanwhile');
  return [];
}

function rename(to: string, connection: ExistingConnection): readonly Decision[] {
  const name = properName(to);
  return name === connection.name ? [] : [{ type: 'ConnectionRenamed', data: { from: connection.name, to: name } }];
}

/**
 * A credential only ever goes to the origin it was entered for: an edit that moves the origin is refused unless the same request brought a credential
 * for the new one, and the service there accepted it.
 */
function edit(command: Edit, connection: ExistingConnection, now: Date): readonly Decision[] {
  const changes = editDecisions(command, connection);
  if (command.reentered) return [...changes, ...reentered(command.reentered, afterwards(connection, changes), command.origin, now)];
  const moved = connection.credential !== null && connection.credential.boundTo !== command.origin;
  const shapesTheCall = changes.some(({ type }) => type === 'ServiceUrlChanged' || type === 'SettingsChanged');
  if (shapesTheCall && moved) throw new Refused('CredentialsMustBeReentered');
  // A candidate that waits was entered for the connection as it was.
  return shapesTheCall ? [...ended(connection.candidate, 'superseded', 'newer_candidate'), ...changes] : changes;
}

function reentered(
  { candidate, verification }: NonNullable<Edit['reentered']>,
  connection: ExistingConnection,
  origin: string | null,
  now: Date,
): readonly Decision[] {
  if (candidate.boundTo !== origin) throw new Refused('CredentialsMustBeReentered');
  const proposed = proposeCandidate(candidate, enabled(connection), now);
  const recorded = recordVerification(verification, afterwards(connection, proposed), now);
  if (!recorded.some(({ type }) => type === 'CredentialsRotated')) throw new Refused('CredentialsWereRefused');
  return [...proposed, ...recorded];
}

function afterwards(connection: ExistingConnection, decided: readonly Decision[]): ExistingConnection {
  return existing(decided.reduce<Connection>(evolve, connection));
}

function editDecisions(
  { name, serviceUrl, settings, environment, labels, owner }: Edit,
  connection: ExistingConnection,
): readonly Decision[] {
  const decided: Decision[] = [];
  if (name !== undefined) decided.push(...rename(name, connection));
  if (serviceUrl !== undefined && serviceUrl !== (connection.serviceUrl ?? null)) {
    decided.push({ type: 'ServiceUrlChanged', data: { from: connection.serviceUrl ?? null, to: serviceUrl } });
  }
  if (settings !== undefined) decided.push(...settingsDecisions(connection.settings, settings));
  if (environment !== undefined && environment !== (connection.environment ?? null)) {
    decided.push({ type: 'EnvironmentLabelled', data: { from: connection.environment ?? null, to: environment } });
  }
  if (labels !== undefined && !isDeepStrictEqual(labels, connection.labels)) {
    decided.push({ type: 'LabelsChanged', data: { from: { ...connection.labels }, to: { ...labels } } });
  }
  if (owner !== undefined && owner !== connection.owner) {
    decided.push({ type: 'ConnectionOwnerChanged', data: { from: connection.owner, to: owner } });
  }
  return decided;
}

function settingsDecisions(before: Settings, after: Settings): readonly Decision[] {
  const set = Object.fromEntries(Object.entries(after).filter(([name, value]) => !isDeepStrictEqual(before[name], value)));
  const unset = Object.keys(before).filter((name) => !(name in after));
  return Object.keys(set).length + unset.length > 0 ? [{ type: 'SettingsChanged', data: { set, unset } }] : [];
}

function disable({ reason }: Disable, { disabled, candidate }: ExistingConnection): readonly Decision[] {
  if (disabled) return [];
  return [...ended(candidate, 'abandoned', 'connection_disabled'), { type: 'ConnectionDisabled', data: { ...(reason && { reason }) } }];
}

function remove({ reason }: Remove, { removed, candidate }: ExistingConnection): readonly Decision[] {
  if (removed) return [];
  return [...ended(candidate, 'abandoned', 'connection_removed'), { type: 'ConnectionRemoved', data: { ...(reason && { reason }) } }];
}

/** Writes into each event what people will see once it has happened, so that readers need not decide. */
function stamped(connection: Connection, decided: readonly Decision[]): readonly ConnectionEvent[] {
  let state = connection;
  return decided.map((decision) => {
    state = evolve(state, decision);
    return { type: decision.type, data: { ...decision.data, statusAfter: statusAfterOf(existing(state)) } } as ConnectionEvent;
  });
}

/** One workspace's configured instance of a connector. */
export const connection: Decider<Connection, ConnectionCommand, ConnectionEvent> = { initial: { status: 'unknown' }, decide, evolve };
