import { foldName, type Candidate, type Credential } from '#domain';
import type { ConnectorEvent } from '#events';
import { eventCodec } from '#events';
import type { Life, LogView, LoggedEvent, Step } from './log-view';

/** A row by its columns, as JSON has it; times in milliseconds, UTC. */
export type Row = Readonly<Record<string, unknown>>;

/** The tables that questions read, each with what tells its rows apart. */
export const keysOf = {
  workspace_connections: ['id'],
  connectors: ['key'],
  connection_names: ['workspace_id', 'name_folded', 'connection_id'],
  audit_entries: ['position'],
} as const;
export type Table = keyof typeof keysOf;

/**
 * The rows that the log makes, told without the projections: from the states that the domain's `evolve` arrives at, and from which events
 * stand where.
 */
export function rowsOf(log: LogView): Readonly<Record<Table, readonly Row[]>> {
  return {
    workspace_connections: log.lives.flatMap((life) => connectionRow(life)),
    connectors: log.streamsOf('connector').map(([key, events]) => connectorRow(key, events)),
    connection_names: nameRows(log.lives),
    audit_entries: log.events.filter(({ stream }) => /^connect(?:ion|or)-/.test(stream)).map(auditRow),
  };
}

function connectionRow({ id, steps, now }: Life): readonly Row[] {
  const [first] = steps;
  const last = steps.at(-1);
  if (now.status === 'unknown' || !first || !last) return [];
  const edited = steps[now.configRevision] ?? first;
  // Since when it has been like this: the steps that do not look like now lie before.
  const since = steps.slice(1 + steps.findLastIndex(({ after }) => after.status !== now.status || codeOf(after) !== now.code));
  const tried = steps.findLast(({ event }) => event.type === 'ConnectionVerified' || event.type === 'VerificationFailed');
  const verified = steps.findLast(({ event }) => event.type === 'ConnectionVerified');
  return [
    {
      id,
      workspace_id: now.workspaceId,
      connector_key: now.connectorKey,
      connector_version: now.connectorVersion,
      name: now.name,
      name_folded: foldName(now.name),
      auth_type: now.authType,
      service_url: now.serviceUrl ?? null,
      settings: now.settings,
      environment: now.environment ?? null,
      labels: now.labels,
      status: now.status,
      status_code: now.code,
      status_detail: since.reduce<unknown>((found, { event }) => detailFor(now.code, event) ?? found, null),
      status_since: timeOf(since[0]),
      last_tried_at: timeOf(tried),
      limited: now.limited,
      credential: now.credential && { version: now.credential.version, ...shownOf(now.credential) },
      candidate: now.candidate && {
        secretId: now.candidate.secretId,
        ...shownOf(now.candidate),
        category: now.candidate.untried ?? null,
        until: now.candidate.until ?? null,
      },
      owner: now.owner,
      created_by: first.logged.about.actor.id,
      created_at: timeOf(first),
      updated_by: edited.logged.about.actor.id,
      updated_at: timeOf(edited),
      verified_at: timeOf(verified),
      revision: now.revision,
      config_revision: now.configRevision,
      stale: false,
      position: String(last.logged.position),
    },
  ];
}

function codeOf(state: Step['after']): unknown {
  return state.status === 'unknown' ? null : state.code;
}

function detailFor(code: string | null, event: Step['event']): unknown {
  return event.type === 'VerificationFailed' && event.data.category === code ? event.data.detail : undefined;
}

function shownOf({ fingerprint, boundTo, source, display, expiresAt }: Credential | Candidate): Row {
  return { fingerprint, boundTo, source, display: display ?? null, expiresAt: expiresAt ?? null, grantedScopes: null };
}

function connectorRow(key: string, events: readonly LoggedEvent[]): Row {
  const told = events.map(({ type, data }) => eventCodec.decode(type, data) as ConnectorEvent);
  const last = told.at(-1);
  const version = last && 'version' in last.data ? last.data.version : null;
  const recorded = told.flatMap(({ data }) => ('definition' in data ? [data.definition] : [])).at(-1) ?? {};
  const definition = last?.type === 'ConnectorRetired' ? { ...recorded, version, status: 'retired' } : recorded;
  const { name, status, categories = [] } = definition as { name?: string; status?: string; categories?: readonly { key: string }[] };
  return {
    key,
    version,
    name,
    name_folded: foldName(name ?? ''),
    status,
    category_keys: categories.map((category) => category.key),
    definition,
    stale: false,
    position: String(events.at(-1)?.position),
  };
}

/** Who had which name: the last time that a connection took it. */
function nameRows(lives: readonly Life[]): readonly Row[] {
  return lives.flatMap(({ id, steps }) => {
    const taken = new Map<string, Row>();
    for (const { event, logged, after } of steps) {
      if ((event.type !== 'ConnectionCreated' && event.type !== 'ConnectionRenamed') || after.status === 'unknown') continue;
      const { workspaceId, name } = after;
      const folded = foldName(name);
      taken.set(folded, { workspace_id: workspaceId, name_folded: folded, connection_id: id, name, position: String(logged.position) });
    }
    return [...taken.values()];
  });
}

function auditRow({ id, stream, revision, position, type, data, about }: LoggedEvent): Row {
  const { definition: _, ...kept } = data as Row;
  return {
    position: String(position),
    event_id: id,
    stream,
    revision,
    type: type.replace(/\.v\d+$/, ''),
    workspace_id: about.workspaceId,
    connection_id: stream.startsWith('connection-') ? stream.slice('connection-'.length) : null,
    actor_kind: about.actor.kind,
    actor_id: about.actor.id,
    client_id: about.actor.clientId ?? null,
    on_behalf_of: about.actor.onBehalfOf ?? null,
    command_id: about.commandId,
    correlation_id: about.correlationId,
    occurred_at: about.occurredAt,
    data: kept,
  };
}

function timeOf(step: Step | undefined): string | null {
  return step?.logged.about.occurredAt ?? null;
}
