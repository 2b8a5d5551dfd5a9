import { eventIdOf, newCommandId, type NewEvent } from '#event-store';
import { chainStart, eventCodec, type PatchbayEvent } from '#events';
import { v7 } from 'uuid';

/** A log's first event, as the connection service writes it. */
export function writtenOpening(logId: string = v7()): readonly NewEvent[] {
  return written('log', [{ type: 'LogOpened', data: { logId } }]);
}

/** A stream as it is written: a connection that is renamed again and again. */
export function writtenRenamings(stream: string, count: number): readonly NewEvent[] {
  return written(
    stream,
    Array.from({ length: count }, (_, nth) => ({
      type: 'ConnectionRenamed',
      data: { from: `Orders ${nth}`, to: `Orders ${nth + 1}`, statusAfter: { status: 'active', code: null } },
    })),
  );
}

function written(stream: string, events: readonly PatchbayEvent[]): readonly NewEvent[] {
  let prevHash = chainStart;
  return events.map((event, revision) => {
    const commandId = newCommandId();
    const context = {
      commandId,
      correlationId: commandId,
      causationId: commandId,
      workspaceId: 'acme',
      actor: { kind: 'user', id: 'user-1' },
    } as const;
    const eventId = eventIdOf(commandId, stream, 0);
    const encoded = eventCodec.encode(event, { stream, revision, eventId, prevHash, occurredAt: new Date().toISOString(), context });
    prevHash = encoded.metadata.hash;
    return encoded;
  });
}
