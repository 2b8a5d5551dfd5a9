import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';

/** The identity of a log: appended once, to the stream `log`, when the log is first used. A copy of a log gets an identity of its own. */
export const LogOpened = EventType.named('LogOpened', z.object({ logId: z.uuid(), copiedFrom: z.uuid().optional() }));
export type LogOpened = EventOf<typeof LogOpened>;

export type LogEvent = LogOpened;

export const logEvents = { LogOpened };
