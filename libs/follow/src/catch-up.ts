import { LogIsUnavailable, type EventStore, type LogMessage, type Position, type RecordedEvent } from '#event-store';
import type { Database } from '#postgres';
import { applyBatch, type Work } from './apply-batch';
import { batchesOf } from './batches-of';
import { moveCheckpoint, type Checkpoint } from './checkpoint';

export interface CatchUpOptions<Event> extends Work<Event> {
  /** Names the checkpoint. */
  readonly name: string;
  readonly store: EventStore;
  readonly database: Database;
  /** Events in one transaction, at most. */
  readonly batchSize: number;
  readonly signal: AbortSignal;
  readonly onOutage: (error: unknown) => void;
  /** After each transaction; a throw ends it there. */
  readonly onBatch: (checkpoint: Checkpoint, events: number) => Promise<void>;
}

/** More often than that nobody waits for a log that is being read to its end. */
const quietMs = 1_000;

/**
 * Applies what the log holds after a checkpoint, exactly up to a position, batch by batch as a follower does; answers the checkpoint there.
 * Other than a follower it skips nothing: it ends at an event that cannot be applied.
 *
 * @throws EventCannotBeApplied, RunnerIsSuperseded, the signal's reason, or the store's error
 */
export async function catchUp<Event>(from: Checkpoint, to: Position, options: CatchUpOptions<Event>): Promise<Checkpoint> {
  const { name: follower, store, database, batchSize: size, signal, onOutage, onBatch } = options;
  let checkpoint = from;
  for await (const { events, position } of batchesOf(asMessages(between(store, from.position, to)), { size, quietMs })) {
    if (position === null) continue;
    const next = { position, logId: from.logId, eventId: events.at(-1)?.id ?? null };
    await applyBatch({ follower, database, work: options, whenStuck: 'stop', events, from: checkpoint, to: next }, { signal, onOutage });
    checkpoint = next;
    await onBatch(checkpoint, events.length);
  }
  if (checkpoint.position >= to) return checkpoint;
  for await (const { position } of between(store, checkpoint.position, to)) {
    throw new LogIsUnavailable(`the log broke off before its event at ${String(position)}`);
  }
  const reached = { position: to, logId: from.logId, eventId: null }; // whatever stands there is no event that followers see
  await database.transaction((tx) => moveCheckpoint(tx, follower, checkpoint, reached));
  return reached;
}

async function* between(store: EventStore, after: Position, to: Position): AsyncGenerator<RecordedEvent> {
  for await (const event of store.readAll(after > 0n ? { from: after } : {})) {
    if (event.position > to) return;
    if (event.position > after) yield event;
  }
}

async function* asMessages(events: AsyncIterable<RecordedEvent>): AsyncGenerator<LogMessage> {
  for await (const event of events) yield { kind: 'event', event };
}
