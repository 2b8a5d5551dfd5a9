import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';

export const ConnectionEnabled = EventType.named('ConnectionEnabled', z.object({ statusAfter: StatusAfter }));
export type ConnectionEnabled = EventOf<typeof ConnectionEnabled>;
