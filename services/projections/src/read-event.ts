import type { RecordedEvent } from '#event-store';
import { eventCodec, type PatchbayEvent } from '#events';

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

/** An event as projections take it: in the shape of today. */
export interface ReadEvent {
  readonly event: PatchbayEvent;
  readonly at: Happened;
}

/** Null for what is never projected: snapshots repeat what other events say. */
export function readEvent({ stream, revision, position, type, data, metadata }: RecordedEvent): ReadEvent | null {
  if (stream.startsWith('snapshot-')) return null;
  const { occurredAt, actor } = eventCodec.metadata(metadata);
  return { event: eventCodec.decode(type, data), at: { id: idIn(stream), revision, position, occurredAt, by: actor.id } };
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
