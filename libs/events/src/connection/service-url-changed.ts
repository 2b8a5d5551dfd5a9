import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';

export const ServiceUrlChanged = EventType.named(
  'ServiceUrlChanged',
  z.object({ from: z.string().nullable(), to: z.string().nullable(), statusAfter: StatusAfter }),
);
export type ServiceUrlChanged = EventOf<typeof ServiceUrlChanged>;
