import type { EventStore, RecordedEvent } from '#event-store';
import type { Database } from '#postgres';
import { applyWhatCanBe, type Work } from './apply-batch';
import { moveCheckpoint, type Checkpoint } from './checkpoint';
import { firstParked, forgetParked, keepParked, type ParkedEvent, type PlaceOfEvent } from './parked-events';

interface Unparking<Event> {
  readonly follower: string;
  readonly store: EventStore;
  readonly database: Database;
  readonly work: Work<Event>;
  readonly key: string;
  /** Where the follower stands: it does not move, but who no longer owns it may not write. */
  readonly at: Checkpoint;
}

/** What came of it. */
export interface Unparked {
  readonly key: string;
  readonly applied: number;
  /** The event that still could not be applied; null: nothing of the key is parked any more. */
  readonly stuck: ParkedEvent | null;
}

/** Parked events that are tried in one transaction, at most. */
const atOnce = 500;

/**
 * Tries the parked events of a key again, in their order, until all are applied or one still cannot be.
 *
 * @throws CheckpointWasMoved, the store's error, or what was wrong beside the events
 */
export async function unpark<Event>(unparking: Unparking<Event>): Promise<Unparked> {
  const { follower, database, key } = unparking;
  for (let applied = 0; ; applied += atOnce) {
    const parked = await database.transaction((tx) => firstParked(tx, follower, key, atOnce));
    const { stuck, count } = await tryAgain(unparking, parked);
    if (stuck !== null || parked.length < atOnce) return { key, applied: applied + count, stuck };
  }
}

async function tryAgain<Event>(
  { follower, store, database, work, key, at }: Unparking<Event>,
  parked: readonly PlaceOfEvent[],
): Promise<{ readonly stuck: ParkedEvent | null; readonly count: number }> {
  const events = await readAgain(store, key, parked);
  return database.transaction(async (tx) => {
    await moveCheckpoint(tx, follower, at, at);
    const [stuck = null] = await applyWhatCanBe(tx, work, events);
    const done = parked.filter(({ position }) => stuck === null || position < stuck.stored.position).map(({ position }) => position);
    await forgetParked(tx, follower, key, done);
    if (stuck !== null) await keepParked(tx, follower, key, stuck);
    else if (parked.length < atOnce) await work.mark(tx, [key], 'fresh');
    return { stuck, count: done.length };
  });
}

/** What the log still has of them: its streams may be cut at their beginning. */
async function readAgain(store: EventStore, key: string, parked: readonly PlaceOfEvent[]): Promise<readonly RecordedEvent[]> {
  const [first] = parked;
  const last = parked.at(-1);
  if (first === undefined || last === undefined) return [];
  const positions = new Set(parked.map(({ position }) => position));
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(key, { from: first.revision, maxCount: last.revision - first.revision + 1 })) {
    if (positions.has(event.position)) events.push(event);
  }
  return events;
}
