import type { NewEvent } from './event-store';

/** Where in its stream an event will stand, and what is known about its making. `prevHash` is the hash of the event before it. */
export interface EventPlace<Context> {
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly prevHash: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly occurredAt: string;
  readonly context: Context;
}

/** What `Streams` reads out of stored metadata, besides the context; whatever else it holds is the codec's business. */
export interface ChainedMetadata {
  readonly commandId: string;
  readonly hash: string;
  readonly occurredAt: string;
}

/** Between events and their stored form. Versions, upcasting and hashing are its own; this room only threads the chain through. */
export interface Codec<Event, Context> {
  encode(event: Event, place: EventPlace<Context>): NewEvent;
  /** The event in the shape of today. `unknown`, as one codec serves many kinds of stream; a stream holds the events of its decider only. */
  decode(type: string, data: unknown): unknown;
  metadata(stored: unknown): Context & ChainedMetadata;
}

/** The `prevHash` of the first event of a stream: a SHA-256 that nothing has. */
export const chainStart = '0'.repeat(64);
