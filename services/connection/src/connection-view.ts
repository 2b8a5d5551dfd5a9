import type { RecordedEvent } from '#event-store';
import {
  eventCodec,
  type ConnectionEvent,
  type CredentialsProposed,
  type CredentialsProvided,
  type CredentialsRotated,
  type StatusAfter,
} from '#events';
import type { ListedConnection } from '#read-models';

/** What can be shown of a connection: a row of the read model, or the same made from the log where the row is not there yet. */
export type ConnectionView = Omit<ListedConnection, 'nameFolded' | 'stale' | 'position' | 'renamedTo'>;

interface Happened {
  readonly id: string;
  readonly revision: number;
  readonly at: Date;
  readonly by: string;
}

/** Folds one stored event of a connection's stream. `connection-view.spec.ts` holds it to what the projection makes of the same events. */
export function viewAfter(view: ConnectionView | null, id: string, stored: RecordedEvent): ConnectionView | null {
  const event = eventCodec.decode(stored.type, stored.data) as ConnectionEvent;
  const { occurredAt, actor } = eventCodec.metadata(stored.metadata);
  const happened = { id, revision: stored.revision, at: new Date(occurredAt), by: actor.id };
  if (event.type === 'ConnectionCreated') return created(event.data, happened);
  return view && changed(passed(view, event.data.statusAfter, happened), event, happened);
}

function created(
  data: Extract<ConnectionEvent, { type: 'ConnectionCreated' }>['data'],
  { id, revision, at, by }: Happened,
): ConnectionView {
  const { workspaceId, connectorKey, connectorVersion, name, authType, serviceUrl, settings, environment, owner, labels, statusAfter } =
    data;
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
    statusDetail: null,
    statusSince: at,
    lastTriedAt: null,
    limited: statusAfter.limited ?? false,
    credential: null,
    candidate: null,
    account: null,
    owner,
    createdBy: by,
    createdAt: at,
    updatedBy: by,
    updatedAt: at,
    verifiedAt: null,
    lastUsedAt: null,
    usageCount: 0,
    revision,
    configRevision: revision,
  };
}

function changed(view: ConnectionView, event: Exclude<ConnectionEvent, { type: 'ConnectionCreated' }>, happened: Happened): ConnectionView {
  switch (event.type) {
    case 'CredentialsProvided':
      return { ...edited(view, happened), credential: shownCredential(event.data) };
    case 'CredentialsProposed':
      return { ...view, candidate: shownCandidate(event.data) };
    case 'CredentialsRotated':
      return { ...edited(view, happened), ...activated(view, event.data) };
    case 'CredentialsRejected':
      return view.candidate?.secretId === event.data.secretId ? { ...view, candidate: null } : view;
    case 'ConnectionVerified':
      return { ...view, lastTriedAt: happened.at, verifiedAt: happened.at };
    case 'VerificationFailed': {
      const { category, detail, statusAfter } = event.data;
      // A failure that is tolerated leaves the status and what explains it as they were.
      return { ...view, lastTriedAt: happened.at, ...(category === statusAfter.code && { statusDetail: detail }) };
    }
    case 'ConnectionRenamed':
      return { ...edited(view, happened), name: event.data.to };
    case 'ServiceUrlChanged':
      return { ...edited(view, happened), serviceUrl: event.data.to };
    case 'SettingsChanged':
      return { ...edited(view, happened), settings: settingsAfter(view.settings, event.data) };
    case 'EnvironmentLabelled':
      return { ...edited(view, happened), environment: event.data.to };
    case 'LabelsChanged':
      return { ...edited(view, happened), labels: event.data.to };
    case 'ConnectionOwnerChanged':
      return { ...edited(view, happened), owner: event.data.to };
    case 'ConnectionDisabled':
    case 'ConnectionEnabled':
      return edited(view, happened);
    case 'ConnectionRemoved':
      return { ...edited(view, happened), credential: null, candidate: null };
  }
}

function passed(view: ConnectionView, { status, code, limited }: StatusAfter, { revision, at }: Happened): ConnectionView {
  const same = status === view.status && code === view.statusCode;
  return { ...view, revision, status, statusCode: code, limited: limited ?? false, ...(!same && { statusDetail: null, statusSince: at }) };
}

function edited(view: ConnectionView, { revision, at, by }: Happened): ConnectionView {
  return { ...view, configRevision: revision, updatedAt: at, updatedBy: by };
}

function shownCredential(data: CredentialsProvided['data']): NonNullable<ConnectionView['credential']> {
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

function shownCandidate(data: CredentialsProposed['data']): NonNullable<ConnectionView['candidate']> {
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

function activated(
  { credential, candidate }: ConnectionView,
  { secretId, credentialVersion }: CredentialsRotated['data'],
): Pick<ConnectionView, 'credential' | 'candidate'> {
  if (candidate?.secretId !== secretId) return { credential, candidate };
  const { secretId: _, category: __, until: ___, ...known } = candidate;
  return { credential: { ...known, version: credentialVersion }, candidate: null };
}

function settingsAfter(
  settings: ConnectionView['settings'],
  { set, unset }: { readonly set: object; readonly unset: readonly string[] },
): ConnectionView['settings'] {
  return Object.fromEntries(Object.entries({ ...settings, ...set }).filter(([name]) => !unset.includes(name)));
}
