import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { VerifiedAgainst } from '#events';
import type { Candidate, ExistingConnection } from './connection-state';

/** What a verification of this connection, as it is now, is about. */
export function againstOf({ credential, serviceUrl, settings, connectorVersion }: ExistingConnection): VerifiedAgainst {
  return {
    secretId: credential?.secretId ?? null,
    boundTo: credential?.boundTo ?? null,
    settingsDigest: settingsDigest(serviceUrl, settings),
    connectorVersion,
  };
}

/** What a verification of a candidate of this connection is about. */
export function againstCandidate(connection: ExistingConnection, { secretId, boundTo }: Candidate): VerifiedAgainst {
  return { ...againstOf(connection), secretId, boundTo };
}

export function sameAgainst(one: VerifiedAgainst, other: VerifiedAgainst): boolean {
  return (
    one.secretId === other.secretId &&
    one.boundTo === other.boundTo &&
    one.settingsDigest === other.settingsDigest &&
    one.connectorVersion === other.connectorVersion
  );
}

/** Base64url SHA-256 over the canonical JSON (RFC 8785) of everything besides the credential that shapes the call to the service. */
export function settingsDigest(serviceUrl: string | undefined, settings: ExistingConnection['settings']): string {
  return createHash('sha256')
    .update(canonicalize({ serviceUrl: serviceUrl ?? null, settings }) ?? '', 'utf8')
    .digest('base64url');
}
