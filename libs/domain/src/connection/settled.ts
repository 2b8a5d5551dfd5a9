import { isDeepStrictEqual } from 'node:util';
import type { AuthType, ConnectionStatus, Environment, Settings, StatusCode } from '#events';
import type { Connection } from './connection-state';

/** What may be served for a connection as of `revision`: the fold that the vault keeps beside the secret. */
export interface Settled {
  readonly revision: number;
  readonly status: ConnectionStatus;
  readonly code: StatusCode | null;
  readonly secretId?: string;
  /** Revision of the event that made the secret the current one. */
  readonly secretRevision?: number;
  readonly credentialVersion?: number;
  readonly connectorKey: string;
  readonly connectorVersion: number;
  readonly authType: AuthType;
  readonly serviceUrl?: string;
  readonly boundTo?: string;
  readonly settings: Settings;
  readonly environment?: Environment;
  readonly expiresAt?: string;
}

/** Null: the connection does not exist. */
export function settledOf(connection: Connection): Settled | null {
  if (connection.status === 'unknown') return null;
  const { revision, status, code, connectorKey, connectorVersion, authType, serviceUrl, settings, environment, credential } = connection;
  return {
    revision,
    status,
    code,
    connectorKey,
    connectorVersion,
    authType,
    settings,
    ...(serviceUrl !== undefined && { serviceUrl }),
    ...(environment !== undefined && { environment }),
    ...(credential && { secretId: credential.secretId, secretRevision: credential.activatedAt, credentialVersion: credential.version }),
    ...(typeof credential?.boundTo === 'string' && { boundTo: credential.boundTo }),
    ...(credential?.expiresAt !== undefined && { expiresAt: credential.expiresAt }),
  };
}

/** Whether what may be served differs. Names, labels and owners do not matter to it, nor does the mere passing of events. */
export function settlesDifferently(before: Connection, after: Connection): boolean {
  const ageless = (connection: Connection): unknown => ({ ...settledOf(connection), revision: null });
  return !isDeepStrictEqual(ageless(before), ageless(after));
}
