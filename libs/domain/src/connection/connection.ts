import type {
  AuthType,
  ConnectionCreated,
  ConnectionEvent,
  ConnectionStatus,
  ConnectionVerified,
  CredentialsProvided,
  CredentialSource,
  Detail,
  Environment,
  FailureCategory,
  Settings,
  StatusAfter,
  StatusCode,
  VerificationFailed,
  VerificationTrigger,
  VerifiedAgainst,
} from '#events';
import type { Decider } from '../decider';
import { Refused } from '../refused';
import { againstOf, sameAgainst } from './against';
import { existing, type Connection, type ExistingConnection } from './connection-state';
import { properName } from '../name/proper-name';

export type VerificationOutcome =
  | {
      readonly against: VerifiedAgainst;
      readonly accepted: true;
      readonly latencyMs: number;
      readonly accountFingerprint?: string;
      readonly limited?: true;
    }
  | {
      readonly against: VerifiedAgainst;
      readonly accepted: false;
      readonly category: FailureCategory;
      readonly httpStatus?: number;
      readonly detail: Detail;
    };

/** What was found out, for the connection to decide on. */
export type ConnectionCommand =
  | {
      readonly type: 'Create';
      readonly workspaceId: string;
      readonly connectorKey: string;
      readonly connectorVersion: number;
      readonly name: string;
      readonly authType: AuthType;
      readonly serviceUrl?: string;
      readonly settings: Settings;
      readonly environment?: Environment;
      readonly owner: string;
      readonly labels: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'ProvideCredentials';
      readonly secretId: string;
      readonly fingerprint: string;
      readonly display?: string;
      readonly boundTo: string | null;
      readonly source: CredentialSource;
      readonly expiresAt?: string;
    }
  | { readonly type: 'RecordVerification'; readonly trigger: VerificationTrigger; readonly outcome: VerificationOutcome }
  | { readonly type: 'Rename'; readonly to: string };

/** A scheduled check that cannot reach the service counts only when it happens this often in a row: services have bad minutes. */
const missedChecksUntilError = 3;

type Unstamped<Event> = Event extends { type: infer Type; data: infer Data } ? { type: Type; data: Omit<Data, 'statusAfter'> } : never;
type Decision = Unstamped<ConnectionEvent>;

function decide(command: ConnectionCommand, connection: Connection): readonly ConnectionEvent[] {
  return stamped(connection, decisions(command, connection));
}

function decisions(command: ConnectionCommand, connection: Connection): readonly Decision[] {
  switch (command.type) {
    case 'Create':
      return create(command, connection);
    case 'ProvideCredentials':
      return provideCredentials(command, existing(connection));
    case 'RecordVerification':
      return recordVerification(command, existing(connection));
    case 'Rename':
      return rename(command, existing(connection));
  }
}

type Asked<Type extends ConnectionCommand['type']> = Extract<ConnectionCommand, { type: Type }>;

function create({ type: _, ...created }: Asked<'Create'>, connection: Connection): readonly Decision[] {
  if (connection.status !== 'unknown') throw new Refused('ConnectionChangedMeanwhile');
  return [{ type: 'ConnectionCreated', data: { ...created, name: properName(created.name) } }];
}

function provideCredentials({ type: _, ...provided }: Asked<'ProvideCredentials'>, connection: ExistingConnection): readonly Decision[] {
  if (connection.authType === 'none') throw new Refused('AuthTypeIsNotOffered', { authType: 'none' });
  if (connection.credential?.secretId === provided.secretId) return [];
  if (connection.credential) throw new Refused('ConnectionChangedMeanwhile'); // what comes after the first is a rotation
  return [{ type: 'CredentialsProvided', data: { ...provided, credentialVersion: 1 } }];
}

function recordVerification({ trigger, outcome }: Asked<'RecordVerification'>, connection: ExistingConnection): readonly Decision[] {
  const { accepted: _, ...found } = outcome;
  // An answer about yesterday's key or address says nothing about today's.
  if (!sameAgainst(found.against, againstOf(connection))) throw new Refused('ConnectionChangedMeanwhile');
  return 'category' in found
    ? [{ type: 'VerificationFailed', data: { ...found, trigger } }]
    : [{ type: 'ConnectionVerified', data: { ...found, trigger } }];
}

function rename({ to }: Asked<'Rename'>, connection: ExistingConnection): readonly Decision[] {
  const name = properName(to);
  return name === connection.name ? [] : [{ type: 'ConnectionRenamed', data: { from: connection.name, to: name } }];
}

/** Writes into each event what people will see once it has happened, so that readers need not decide. */
function stamped(connection: Connection, decided: readonly Decision[]): readonly ConnectionEvent[] {
  let state = connection;
  return decided.map((decision) => {
    state = evolve(state, decision);
    return { type: decision.type, data: { ...decision.data, statusAfter: statusAfterOf(existing(state)) } } as ConnectionEvent;
  });
}

export function statusAfterOf(connection: ExistingConnection): StatusAfter {
  const { status, code } = connection;
  const seen: { status: ConnectionStatus; code: StatusCode | null } = { status, code };
  return connection.status === 'active' && connection.limited ? { ...seen, limited: true } : seen;
}

function evolve(connection: Connection, event: Decision | ConnectionEvent): Connection {
  if (event.type === 'ConnectionCreated') return created(event.data);
  if (connection.status === 'unknown') return connection; // no history begins without ConnectionCreated
  const next = { ...connection, revision: connection.revision + 1 };
  switch (event.type) {
    case 'CredentialsProvided':
      return provided(next, event.data);
    case 'ConnectionVerified':
      return verified(next, event.data);
    case 'VerificationFailed':
      return failed(next, event.data);
    case 'ConnectionRenamed':
      return { ...next, name: event.data.to, configRevision: next.revision };
  }
}

type DataOf<Event extends { data: object }> = Omit<Event['data'], 'statusAfter'>;

function created(data: DataOf<ConnectionCreated>): ExistingConnection {
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
    accountFingerprint: null,
    missedChecks: 0,
    status: 'pending',
    code: authType === 'none' ? 'verification_pending' : 'awaiting_credentials',
  };
}

function provided(connection: ExistingConnection, data: DataOf<CredentialsProvided>): ExistingConnection {
  const { secretId, credentialVersion, fingerprint, display, boundTo, source, expiresAt } = data;
  return {
    ...connection,
    configRevision: connection.revision,
    credential: {
      secretId,
      version: credentialVersion,
      activatedAt: connection.revision,
      fingerprint,
      boundTo,
      source,
      ...(display !== undefined && { display }),
      ...(expiresAt !== undefined && { expiresAt }),
    },
    status: 'pending',
    code: 'verification_pending',
  };
}

function verified(connection: ExistingConnection, data: DataOf<ConnectionVerified>): ExistingConnection {
  return {
    ...connection,
    status: 'active',
    code: null,
    limited: data.limited ?? false,
    missedChecks: 0,
    accountFingerprint: data.accountFingerprint ?? connection.accountFingerprint,
  };
}

function failed(connection: ExistingConnection, { category, trigger }: DataOf<VerificationFailed>): ExistingConnection {
  const refused = category === 'unauthorized' || category === 'forbidden';
  const missedChecks = refused ? 0 : connection.missedChecks + 1;
  const tolerated = trigger === 'scheduled' && !refused && missedChecks < missedChecksUntilError;
  return tolerated ? { ...connection, missedChecks } : { ...connection, missedChecks, status: 'error', code: category };
}

/** One workspace's configured instance of a connector. */
export const connection: Decider<Connection, ConnectionCommand, ConnectionEvent> = { initial: { status: 'unknown' }, decide, evolve };
