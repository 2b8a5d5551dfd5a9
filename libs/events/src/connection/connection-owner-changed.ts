import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';

export const ConnectionOwnerChanged = EventType.named(
  'ConnectionOwnerChanged',
  z.object({ from: z.string(), to: z.string(), statusAfter: StatusAfter }),
);
export type ConnectionOwnerChanged = EventOf<typeof ConnectionOwnerChanged>;
