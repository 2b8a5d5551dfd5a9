import type {
  AuthType,
  ConnectionEvent,
  ConnectionStatus,
  CredentialsProposed,
  CredentialsProvided,
  CredentialsRotated,
  Detail,
  Environment,
  StatusAfter,
  StatusCode,
} from '#events';
import { foldedName } from '#read-models';
import { existing, projection } from './projection';
import type { Happened } from './read-event';

export interface WorkspaceConnectionRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly connectorKey: string;
  readonly connectorVersion: number;
  readonly name: string;
  readonly nameFolded: string;
  readonly authType: AuthType;
  readonly serviceUrl: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly environment: Environment | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: ConnectionStatus;
  readonly statusCode: StatusCode | null;
  readonly statusDetail: Detail | null;
  readonly statusSince: string;
  readonly lastTriedAt: string | null;
  readonly limited: boolean;
  readonly credential: CredentialColumn | null;
  readonly candidate: CandidateColumn | null;
  readonly owner: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedBy: string;
  readonly updatedAt: string;
  readonly verifiedAt: string | null;
  readonly revision: number;
  readonly configRevision: number;
}

interface CredentialColumn {
  readonly version: number;
  readonly fingerprint: string;
  readonly boundTo: string | null;
  readonly source: string;
  readonly display: string | null;
  readonly expiresAt: string | null;
  readonly grantedScopes: readonly string[] | null;
}

interface CandidateColumn extends Omit<CredentialColumn, 'version'> {
  readonly secretId: string;
  readonly category: string | null;
  readonly until: string | null;
}

/** One row per connection, whatever became of it. */
export const workspaceConnections = projection<ConnectionEvent, WorkspaceConnectionRow>({
  name: 'workspace-connections',
  version: 1,
  table: 'workspace_connections',
  category: 'connection',
  key: 'id',
  changes: {
    ConnectionCreated: (_, { workspaceId, connectorKey, connectorVersion, name, authType, settings, owner, labels, ...data }, at) => ({
      id: at.id,
      workspaceId,
      connectorKey,
      connectorVersion,
      name,
      nameFolded: foldedName(name),
      authType,
      serviceUrl: data.serviceUrl ?? null,
      settings,
      environment: data.environment ?? null,
      labels,
      status: data.statusAfter.status,
      statusCode: data.statusAfter.code,
      statusDetail: null,
      statusSince: at.occurredAt,
      lastTriedAt: null,
      limited: data.statusAfter.limited ?? false,
      credential: null,
      candidate: null,
      owner,
      createdBy: at.by,
      createdAt: at.occurredAt,
      ...editedAt(at),
      verifiedAt: null,
      revision: at.revision,
    }),

    CredentialsProvided: (row, data, at) => ({
      ...passed(existing(row), data.statusAfter, at),
      ...editedAt(at),
      credential: credentialOf(data),
    }),

    CredentialsProposed: (row, data, at) => ({ ...passed(existing(row), data.statusAfter, at), candidate: candidateOf(data) }),

    CredentialsRotated: (row, data, at) => ({
      ...passed(existing(row), data.statusAfter, at),
      ...editedAt(at),
      ...activated(existing(row), data),
    }),

    CredentialsRejected: (row, data, at) => ({
      ...passed(existing(row), data.statusAfter, at),
      candidate: row?.candidate?.secretId === data.secretId ? null : (row?.candidate ?? null),
    }),

    ConnectionVerified: (row, data, at) => ({
      ...passed(existing(row), data.statusAfter, at),
      lastTriedAt: at.occurredAt,
      verifiedAt: at.occurredAt,
    }),

    VerificationFailed: (row, data, at) => ({
      ...passed(existing(row), data.statusAfter, at),
      lastTriedAt: at.occurredAt,
      // A failure that is tolerated explains nothing: the status stays as it was, and why.
      ...(data.category === data.statusAfter.code && { statusDetail: data.detail }),
    }),

    ConnectionRenamed: (row, { to, statusAfter }, at) => ({
      ...passed(existing(row), statusAfter, at),
      ...editedAt(at),
      name: to,
      nameFolded: foldedName(to),
    }),

    ServiceUrlChanged: (row, data, at) => edited(row, data, at, { serviceUrl: data.to }),

    SettingsChanged: (row, data, at) => edited(row, data, at, { settings: settingsAfter(existing(row).settings, data) }),

    EnvironmentLabelled: (row, data, at) => edited(row, data, at, { environment: data.to }),

    LabelsChanged: (row, data, at) => edited(row, data, at, { labels: data.to }),

    ConnectionOwnerChanged: (row, data, at) => edited(row, data, at, { owner: data.to }),

    ConnectionDisabled: (row, data, at) => edited(row, data, at, {}),

    ConnectionEnabled: (row, data, at) => edited(row, data, at, {}),

    ConnectionRemoved: (row, data, at) => edited(row, data, at, { credential: null, candidate: null }),
  },
});

function edited(
  row: WorkspaceConnectionRow | undefined,
  { statusAfter }: { readonly statusAfter: StatusAfter },
  at: Happened,
  changes: Partial<WorkspaceConnectionRow>,
): WorkspaceConnectionRow {
  return { ...passed(existing(row), statusAfter, at), ...editedAt(at), ...changes };
}

function settingsAfter(
  settings: WorkspaceConnectionRow['settings'],
  { set, unset }: { readonly set: object; readonly unset: readonly string[] },
): WorkspaceConnectionRow['settings'] {
  return Object.fromEntries(Object.entries({ ...settings, ...set }).filter(([name]) => !unset.includes(name)));
}

/** What every event does to a row. The status is the event's, copied; since when, and its detail, last as long as it does. */
function passed(row: WorkspaceConnectionRow, { status, code, limited }: StatusAfter, at: Happened): WorkspaceConnectionRow {
  const same = status === row.status && code === row.statusCode;
  return {
    ...row,
    revision: at.revision,
    status,
    statusCode: code,
    limited: limited ?? false,
    ...(!same && { statusDetail: null, statusSince: at.occurredAt }),
  };
}

/** Somebody changed what people edit. */
function editedAt({ by, occurredAt, revision }: Happened): Pick<WorkspaceConnectionRow, 'updatedBy' | 'updatedAt' | 'configRevision'> {
  return { updatedBy: by, updatedAt: occurredAt, configRevision: revision };
}

function candidateOf(data: CredentialsProposed['data']): CandidateColumn {
  const { secretId, fingerprint, boundTo, source, display, expiresAt, grantedScopes, untried, candidateUntil } = data;
  return {
    secretId,
    fingerprint,
    boundTo,
    source,
    display: display ?? null,
    expiresAt: expiresAt ?? null,
    grantedScopes: grantedScopes ?? null,
    category: untried ?? null,
    until: candidateUntil ?? null,
  };
}

/** The candidate becomes the current credential. */
function activated(
  { credential, candidate }: WorkspaceConnectionRow,
  { secretId, credentialVersion }: CredentialsRotated['data'],
): Pick<WorkspaceConnectionRow, 'credential' | 'candidate'> {
  if (candidate?.secretId !== secretId) return { credential, candidate }; // no history rotates to what was not proposed
  const { secretId: _, category: __, until: ___, ...known } = candidate;
  return { credential: { ...known, version: credentialVersion }, candidate: null };
}

function credentialOf(data: CredentialsProvided['data']): CredentialColumn {
  const { credentialVersion, fingerprint, boundTo, source, display, expiresAt, grantedScopes } = data;
  return {
    version: credentialVersion,
    fingerprint,
    boundTo,
    source,
    display: display ?? null,
    expiresAt: expiresAt ?? null,
    grantedScopes: grantedScopes ?? null,
  };
}
