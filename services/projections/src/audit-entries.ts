import type { PatchbayEvent } from '#events';
import type { Recorded } from './projection';

export interface AuditEntryRow {
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly workspaceId: string | null;
  readonly connectionId: string | null;
  readonly actorKind: string;
  readonly actorId: string;
  readonly clientId: string | null;
  readonly onBehalfOf: string | null;
  readonly commandId: string;
  readonly correlationId: string;
  readonly occurredAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One row per event of a connection or a connector. */
export const auditEntries: Recorded<AuditEntryRow> = {
  kind: 'recorded',
  name: 'audit-entries',
  version: 1,
  table: 'audit_entries',
  key: ['position'],
  rowOf: ({ event, at, stored: { eventId, stream, metadata } }) => {
    const ofConnection = stream.startsWith('connection-');
    if (!ofConnection && !stream.startsWith('connector-')) return null;
    const { workspaceId, actor, commandId, correlationId } = metadata;
    return {
      eventId,
      stream,
      revision: at.revision,
      type: event.type,
      workspaceId,
      connectionId: ofConnection ? at.id : null,
      actorKind: actor.kind,
      actorId: actor.id,
      clientId: actor.clientId ?? null,
      onBehalfOf: actor.onBehalfOf ?? null,
      commandId,
      correlationId,
      occurredAt: at.occurredAt,
      data: shortened(event),
    };
  },
};

/** An event holds no secret. A definition stands in `connectors`, and its digest stands for it here. */
function shortened({ data }: PatchbayEvent): Readonly<Record<string, unknown>> {
  if (!('definition' in data)) return data;
  const { definition: _, ...rest } = data;
  return rest;
}
