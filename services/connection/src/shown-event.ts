import type { RecordedEvent } from '#event-store';
import { Actor, eventCodec, type ConnectionEvent } from '#events';
import { z } from 'zod';

/** Something that happened to a connection, as its history answers it. */
export const ShownEvent = z.object({
  id: z.uuid(),
  revision: z.int().nonnegative(),
  type: z.string().describe('The name of the event, without the version it was stored in.'),
  occurredAt: z.iso.datetime({ precision: 3 }),
  actor: Actor,
  commandId: z.uuid(),
  correlationId: z.string(),
  data: z.record(z.string(), z.unknown()).describe('In the shape of today. Never a secret.'),
});
export type ShownEvent = z.infer<typeof ShownEvent>;

export function shownEvent({ id, revision, type, data, metadata }: RecordedEvent): ShownEvent {
  const event = eventCodec.decode(type, data) as ConnectionEvent;
  const { occurredAt, actor, commandId, correlationId } = eventCodec.metadata(metadata);
  return { id, revision, type: event.type, occurredAt, actor, commandId, correlationId, data: event.data };
}

/** What happens by itself, over and over: checks on a schedule. */
export function isRoutine({ data }: ShownEvent): boolean {
  return data['trigger'] === 'scheduled';
}
