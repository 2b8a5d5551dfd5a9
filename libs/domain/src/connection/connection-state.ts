import type {
  AuthType,
  ConnectionStatus,
  CredentialSource,
  Environment,
  FailureCategory,
  RotationReason,
  Settings,
  StatusAfter,
  StatusCode,
} from '#events';
import { Refused } from '../refused';

/** The credential in use. The secret itself lies in the vault. */
export interface Credential {
  readonly secretId: string;
  readonly version: number;
  /** Revision of the event that made it the current one. */
  readonly activatedAt: number;
  readonly fingerprint: string;
  readonly display?: string;
  readonly boundTo: string | null;
  readonly source: CredentialSource;
  readonly expiresAt?: string;
  readonly grantedScopes?: readonly string[];
}

/** A credential that waits to be accepted. It has no version yet. */
export interface Candidate {
  readonly secretId: string;
  readonly fingerprint: string;
  readonly display?: string;
  readonly boundTo: string | null;
  readonly source: CredentialSource;
  readonly reason: RotationReason;
  readonly expiresAt?: string;
  readonly grantedScopes?: readonly string[];
  /** Why the service could not be asked yet. */
  readonly untried?: FailureCategory;
  readonly until?: string;
  /** The service accepted it: the next event makes it the current one. */
  readonly accepted?: { readonly limited: boolean };
}

/** How it stands between the connection and its service. */
export type Condition =
  | { readonly kind: 'pending'; readonly code: 'awaiting_credentials' | 'verification_pending' }
  | { readonly kind: 'active'; readonly limited: boolean }
  | { readonly kind: 'error'; readonly code: FailureCategory };

/** What the history of a connection adds up to. */
export interface Facts {
  /** Revision of the last event: a connection's stream is never truncated. */
  readonly revision: number;
  /** Revision of the last event that changed what a person edits; the ETag. */
  readonly configRevision: number;
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
  readonly credential: Credential | null;
  readonly candidate: Candidate | null;
  /** The entered credential before the current one, while it can be rolled back to. */
  readonly previous: (Credential & { readonly until: string }) | null;
  readonly accountFingerprint: string | null;
  /** Scheduled verifications in a row that could not ask the service. */
  readonly missedChecks: number;
  readonly condition: Condition;
  /** Beside the condition, not instead of it: enabling returns to what was. */
  readonly disabled: boolean;
  readonly removed: boolean;
}

/** What people see of it. */
export interface Seen {
  readonly status: ConnectionStatus;
  readonly code: StatusCode | null;
  readonly limited: boolean;
}

export type ExistingConnection = Facts & Seen;
export interface UnknownConnection {
  readonly status: 'unknown';
}
export type Connection = UnknownConnection | ExistingConnection;

/** The connection, once it is known to exist; removed ones exist. */
export function existing<Existing extends ExistingConnection>(connection: UnknownConnection | Existing): Existing {
  if (connection.status === 'unknown') throw new Refused('ConnectionDoesNotExist');
  return connection;
}

/** The connection, if it can still be changed. */
export function living(connection: Connection): ExistingConnection {
  const found = existing(connection);
  if (found.removed) throw new Refused('ConnectionIsRemoved');
  return found;
}

/** The connection, if its service may be called for it. */
export function enabled(connection: Connection): ExistingConnection {
  const found = living(connection);
  if (found.disabled) throw new Refused('ConnectionIsDisabled');
  return found;
}

/** The facts, and what people see of them. */
export function shown(facts: Facts): ExistingConnection {
  return { ...facts, ...seenOf(facts) };
}

function seenOf({ condition, disabled, removed }: Facts): Seen {
  if (removed) return { status: 'removed', code: null, limited: false };
  if (disabled) return { status: 'disabled', code: 'disabled', limited: false };
  if (condition.kind === 'active') return { status: 'active', code: null, limited: condition.limited };
  return { status: condition.kind, code: condition.code, limited: false };
}

export function statusAfterOf({ status, code, limited }: Seen): StatusAfter {
  return { status, code, ...(limited && { limited: true as const }) };
}

/** The service itself said no to the current credential. */
export function isRefused({ condition }: Facts): boolean {
  return condition.kind === 'error' && isRefusal(condition.code);
}

/** Whether it was the service that said no, rather than something on the way to it. */
export function isRefusal(code: StatusCode | null): boolean {
  return code === 'unauthorized' || code === 'forbidden';
}
