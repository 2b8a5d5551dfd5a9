import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';

/** Codes, since what people write does not enter the log. */
export const disablingReasons = ['compromised', 'maintenance', 'not_needed'] as const;
export type DisablingReason = (typeof disablingReasons)[number];

/** Switched off beside whatever its condition is: enabling returns to that. */
export const ConnectionDisabled = EventType.named(
  'ConnectionDisabled',
  z.object({ reason: z.enum(disablingReasons).optional(), statusAfter: StatusAfter }),
);
export type ConnectionDisabled = EventOf<typeof ConnectionDisabled>;
