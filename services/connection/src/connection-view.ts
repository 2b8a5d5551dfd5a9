import type { RecordedEvent } from '#event-store';
import { eventCodec, type ConnectionEvent, type CredentialsProvided, type StatusAfter } from '#events';
import type { ListedConnection } from '#read-models';

/** What can be shown of a connection: a row of the read model, or the same made from the log where the row is not there yet. */
export type ConnectionView = Omit<ListedConnection, 'nameFolded' | 'stale' | 'position'>;

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
    case 'ConnectionVerified':
      return { ...view, lastTriedAt: happened.at, verifiedAt: happened.at };
    case 'VerificationFailed': {
      const { category, detail, statusAfter } = event.data;
      // A failure that is tolerated leaves the status and what explains it as they were.
      return { ...view, lastTriedAt: happened.at, ...(category === statusAfter.code && { statusDetail: detail }) };
    }
    case 'ConnectionRenamed':
      return { ...edited(view, happened), name: event.data.to };
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
