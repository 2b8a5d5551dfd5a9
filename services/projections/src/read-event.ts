import type { RecordedEvent } from '#event-store';
import { eventCodec, type EventMetadata, type PatchbayEvent } from '#events';

/** Where in the log an event stands, and who caused it when. */
export interface Happened {
  /** What follows the category in the stream's name: the connection's id, the connector's key. */
  readonly id: string;
  readonly revision: number;
  readonly position: bigint;
  readonly occurredAt: string;
  /** The subject's id. */
  readonly by: string;
}

/** What the log knows of an event beside its data. */
export interface Stored {
  readonly eventId: string;
  readonly stream: string;
  readonly metadata: EventMetadata;
}

/** An event as projections take it: in the shape of today. */
export interface ReadEvent {
  readonly event: PatchbayEvent;
  readonly at: Happened;
  readonly stored: Stored;
}

/** Null for what is never projected: snapshots repeat what other events say. */
export function readEvent(recorded: RecordedEvent): ReadEvent | null {
  const { id: eventId, stream, revision, position, type, data } = recorded;
  if (stream.startsWith('snapshot-')) return null;
  const metadata = eventCodec.metadata(recorded.metadata);
  const at = { id: idIn(stream), revision, position, occurredAt: metadata.occurredAt, by: metadata.actor.id };
  return { event: eventCodec.decode(type, data), at, stored: { eventId, stream, metadata } };
}

/** The stream `log` names no id and has none. */
function idIn(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1);
}

/** @throws when the stream `log` does not begin as a log does */
export function logIdOf({ type, data }: RecordedEvent): string {
  const opened = eventCodec.decode(type, data);
  if (opened.type !== 'LogOpened') throw new Error(`the stream "log" begins with ${opened.type} instead of LogOpened`);
  return opened.data.logId;
}
