import type { Candidate, Chronicled, Credential } from '#domain';
import type { ListedConnection } from '#read-models';

/** What can be shown of a connection: a row of the read model, or the same made from the log where the row is not there yet. */
export type ConnectionView = Omit<ListedConnection, 'nameFolded' | 'stale' | 'position' | 'renamedTo'>;

/** `connection-view.spec.ts` holds it to what the projection makes of the same events. What other tables know is not in it. */
export function connectionView(id: string, connection: Chronicled): ConnectionView {
  const { chronicle, workspaceId, connectorKey, connectorVersion, name, authType, serviceUrl, settings, environment } = connection;
  const { labels, credential, candidate, owner, revision, configRevision } = connection;
  const { statusAfter, statusDetail, createdBy, updatedBy } = chronicle;
  return {
    id,
    workspaceId,
    connectorKey,
    connectorVersion,
    name,
    authType,
    serviceUrl: serviceUrl ?? null,
    settings,
    environment: environment ?? null,
    labels,
    status: statusAfter.status,
    statusCode: statusAfter.code,
    statusDetail,
    statusSince: new Date(chronicle.statusSince),
    lastTriedAt: dateOf(chronicle.lastTriedAt),
    limited: statusAfter.limited ?? false,
    credential: credential && { ...known(credential), version: credential.version },
    candidate: candidate && {
      ...known(candidate),
      secretId: candidate.secretId,
      category: candidate.untried ?? null,
      until: candidate.until ?? null,
    },
    account: null,
    owner,
    createdBy,
    createdAt: new Date(chronicle.createdAt),
    updatedBy,
    updatedAt: new Date(chronicle.updatedAt),
    verifiedAt: dateOf(chronicle.verifiedAt),
    lastUsedAt: null,
    usageCount: 0,
    revision,
    configRevision,
  };
}

function known({ fingerprint, boundTo, source, display, expiresAt, grantedScopes }: Credential | Candidate) {
  return {
    fingerprint,
    boundTo,
    source,
    display: display ?? null,
    expiresAt: expiresAt ?? null,
    grantedScopes: grantedScopes ?? null,
  };
}

function dateOf(time: string | null): Date | null {
  return time === null ? null : new Date(time);
}
