import {
  jsonEvent,
  type AllStreamResolvedEvent,
  type EventData,
  type JSONType,
  type ResolvedEvent,
  type WrongExpectedVersionError,
} from '@eventstore/db-client';
import { assertFits } from './append-size';
import type { NewEvent, RecordedEvent } from './event-store';

/** As the client stores them. Throws `AppendIsTooLarge`. */
export function toEventData(stream: string, events: readonly NewEvent[]): EventData[] {
  assertFits(
    stream,
    events.map(({ type, data, metadata }) => ({ type, data: JSON.stringify(data), metadata: JSON.stringify(metadata) })),
  );
  return events.map(({ id, type, data, metadata }) => jsonEvent({ id, type, data: data as JSONType, metadata: metadata as JSONType }));
}

/** As the client read it. Streams are read without resolving links, so there is always an event. */
export function toRecordedEvent({ event, commitPosition }: ResolvedEvent | AllStreamResolvedEvent): RecordedEvent {
  const position = event?.position?.commit ?? commitPosition;
  if (!event || position === undefined)
    throw new TypeError('the server sent an event without a position; EventStoreDB 23.10 or newer is needed');
  const { id, streamId, revision, type, data, metadata, created } = event;
  return { id, stream: streamId, revision: toRevision(revision), position, type, data, metadata, created };
}

/** Revisions are 64 bits on the wire. Throws where a number would be inexact. */
export function toRevision(revision: bigint): number {
  if (revision > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`revision ${revision.toString()} is too large to be counted exactly`);
  return Number(revision);
}

/** Where a stream is that was expected elsewhere; null where there is none. */
export function actualRevisionOf({ actualVersion }: WrongExpectedVersionError): number | null {
  return typeof actualVersion === 'bigint' ? toRevision(actualVersion) : null;
}
