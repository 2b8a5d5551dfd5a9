import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';

/** Codes, since what people write does not enter the log; `abandoned` is a consent that was never completed. */
export const removalReasons = ['abandoned', 'compromised', 'not_needed', 'replaced'] as const;
export type RemovalReason = (typeof removalReasons)[number];

/** Its secrets are shredded; its history stays. */
export const ConnectionRemoved = EventType.named(
  'ConnectionRemoved',
  z.object({ reason: z.enum(removalReasons).optional(), statusAfter: StatusAfter }),
);
export type ConnectionRemoved = EventOf<typeof ConnectionRemoved>;
