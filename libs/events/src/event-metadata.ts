import { z } from 'zod';

/** Who caused an event. Ids are opaque subjects, never names or addresses: personal data does not enter the log. */
export const Actor = z.object({
  kind: z.enum(['user', 'service', 'system']),
  id: z.string().min(1),
  clientId: z.string().min(1).optional(),
  onBehalfOf: z.string().min(1).optional(),
});
export type Actor = z.infer<typeof Actor>;

/** What a command knows before its events are built. */
export const EventContext = z.object({
  commandId: z.uuid(),
  correlationId: z.string().min(1),
  causationId: z.string().min(1),
  workspaceId: z.string().nullable(), // null: the event belongs to no workspace
  actor: Actor,
});
export type EventContext = z.infer<typeof EventContext>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** The metadata every chained event is stored with. The store's event id is the event's id and is not repeated here. */
export const EventMetadata = EventContext.extend({
  occurredAt: z.iso.datetime({ precision: 3 }),
  prevHash: sha256,
  hash: sha256,
});
export type EventMetadata = z.infer<typeof EventMetadata>;
