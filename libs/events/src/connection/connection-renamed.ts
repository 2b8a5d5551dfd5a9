import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';

export const ConnectionRenamed = EventType.named(
  'ConnectionRenamed',
  z.object({ from: z.string(), to: z.string(), statusAfter: StatusAfter }),
);
export type ConnectionRenamed = EventOf<typeof ConnectionRenamed>;
