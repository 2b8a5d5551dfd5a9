import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { environments } from './connection-created';
import { StatusAfter } from './status-after';

export const EnvironmentLabelled = EventType.named(
  'EnvironmentLabelled',
  z.object({ from: z.enum(environments).nullable(), to: z.enum(environments).nullable(), statusAfter: StatusAfter }),
);
export type EnvironmentLabelled = EventOf<typeof EnvironmentLabelled>;
