import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';

/** A connection holds the name of this stream. */
export const NameReserved = EventType.named('NameReserved', z.object({ connectionId: z.uuid(), commandId: z.uuid() }));
export type NameReserved = EventOf<typeof NameReserved>;

export const NameReleased = EventType.named('NameReleased', z.object({ connectionId: z.uuid() }));
export type NameReleased = EventOf<typeof NameReleased>;

/** Everything that happens in a stream `name-<workspace>.<sha256 of the folded name>`. */
export type NameEvent = NameReserved | NameReleased;

export const nameEvents = { NameReserved, NameReleased };
