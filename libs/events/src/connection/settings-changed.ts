import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { Settings } from './connection-created';
import { StatusAfter } from './status-after';

/** Only what differs: settings that are named in neither stay. */
export const SettingsChanged = EventType.named(
  'SettingsChanged',
  z.object({ set: Settings, unset: z.array(z.string()), statusAfter: StatusAfter }),
);
export type SettingsChanged = EventOf<typeof SettingsChanged>;
