import { randomUUID } from 'node:crypto';
import {
  jsonEvent,
  type AllStreamRecordedEvent,
  type EventStoreDBClient,
  type JSONEventData,
  type ReadStreamOptions,
  type RecordedEvent,
} from '@eventstore/db-client';

/** A stream nobody else uses. */
export const newStream = (): string => `connection-${randomUUID()}`;

let count = 0;

/** An event unlike any other, so that events can be told apart by their data. */
export const event = (type = 'ConnectionRenamed.v1'): JSONEventData =>
  jsonEvent({ type, data: { count: (count += 1) }, metadata: { by: 'spec' } });

export const events = (howMany: number, type?: string): JSONEventData[] => Array.from({ length: howMany }, () => event(type));

export const eventsOf = async (client: EventStoreDBClient, stream: string, options?: ReadStreamOptions): Promise<RecordedEvent[]> => {
  const found: RecordedEvent[] = [];
  for await (const { event: recorded } of client.readStream(stream, options)) if (recorded !== undefined) found.push(recorded);
  return found;
};

export const wholeLog = async (client: EventStoreDBClient): Promise<AllStreamRecordedEvent[]> => {
  const found: AllStreamRecordedEvent[] = [];
  for await (const { event: recorded } of client.readAll()) if (recorded !== undefined) found.push(recorded);
  return found;
};

export const idsOf = (of: readonly { id: string }[]): string[] => of.map(({ id }) => id);
