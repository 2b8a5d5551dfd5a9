import type { AuthType, CredentialSource, Environment, FailureCategory, Settings } from '#events';
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
}

interface Facts {
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
  readonly accountFingerprint: string | null;
  /** Scheduled verifications in a row that could not ask the service. */
  readonly missedChecks: number;
}

/** What people see: `code` says why. An active connection has nothing to explain; it may be limited. */
type Condition =
  | { readonly status: 'pending'; readonly code: 'awaiting_credentials' | 'verification_pending' }
  | { readonly status: 'active'; readonly code: null; readonly limited: boolean }
  | { readonly status: 'error'; readonly code: FailureCategory };

export type ExistingConnection = Facts & Condition;
export type Connection = { readonly status: 'unknown' } | ExistingConnection;

/** The connection, once it is known to exist. */
export function existing(connection: Connection): ExistingConnection {
  if (connection.status === 'unknown') throw new Refused('ConnectionDoesNotExist');
  return connection;
}
