import type { RecordedEvent } from '#event-store';
import type { Database, Transaction } from '#postgres';
import { backOff } from './back-off';
import { moveCheckpoint, RunnerIsSuperseded, type Checkpoint } from './checkpoint';
import { errorText } from './error-text';
import { isEventsFault } from './is-events-fault';
import { keyOf, park, parkedKeys, type ParkedEvent } from './parked-events';

export type Mark = 'stale' | 'fresh';

/** What is done with the events of the log. */
export interface Work<Event> {
  /** The event as `apply` takes it; null: of no interest. Throws for an event this release does not know, which is then parked. */
  readonly decode: (stored: RecordedEvent) => Event | null;
  /** Writes what the events change, and only through `tx`. May be asked again for the same events after the transaction was undone. */
  readonly apply: (tx: Transaction, events: readonly Event[]) => Promise<void>;
  /** Marks what is shown for these keys: stale once an event of theirs is parked, fresh when none is any more. */
  readonly mark: (tx: Transaction, keys: readonly string[], as: Mark) => Promise<void>;
}

/** What becomes of an event that cannot be applied: it is parked, or nothing behind it is looked at. */
type WhenStuck = 'park' | 'stop';

/** An event cannot be applied, and nothing may be made of the log without it. Nothing of its batch was written. */
export class EventCannotBeApplied extends Error {
  override readonly name = 'EventCannotBeApplied';
  constructor({ stored: { stream, revision, position, type }, error }: ParkedEvent) {
    super(
      `event ${revision} of ${stream} (${type}, at position ${String(position)}) cannot be applied: ${error ?? 'it waits behind another'}. ` +
        'Install a release that can apply it, and begin again.',
    );
  }
}

interface Step<Event> {
  readonly follower: string;
  readonly database: Database;
  readonly work: Work<Event>;
  readonly whenStuck: WhenStuck;
  readonly events: readonly RecordedEvent[];
  readonly from: Checkpoint;
  readonly to: Checkpoint;
}

interface Ready<Event> {
  readonly stored: RecordedEvent;
  readonly event: Event;
}

/** An event is tried this often, with pauses, before it is parked. */
const tries = 3;
const pauseAtMostMs = 400;
const outagePauseAtMostMs = 5_000;

/**
 * One transaction: the checkpoint, and all that the events change. An event that cannot be applied is found among the others, and parked;
 * a database that cannot be written is waited for, as long as the signal lets us. Answers what was parked.
 *
 * @throws RunnerIsSuperseded, EventCannotBeApplied, the signal's reason, or what was wrong beside the events
 */
export async function applyBatch<Event>(
  step: Step<Event>,
  { signal, onOutage }: { signal: AbortSignal; onOutage: (error: unknown) => void },
): Promise<readonly ParkedEvent[]> {
  let attempt = 1;
  let outages = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await inOneTransaction(step, attempt === 1 ? together : findingThoseThatFail({ parks: attempt === tries }));
    } catch (error) {
      if (error instanceof RunnerIsSuperseded || error instanceof EventCannotBeApplied) throw error;
      if (!isEventsFault(error)) {
        onOutage(error);
        outages += 1;
        await backOff(outages, outagePauseAtMostMs, signal);
      } else if (attempt < tries) {
        await backOff(attempt, pauseAtMostMs, signal);
        attempt += 1;
      } else {
        throw error;
      }
    }
  }
}

async function inOneTransaction<Event>(step: Step<Event>, applyReady: Applying): Promise<readonly ParkedEvent[]> {
  const { follower, database, work, whenStuck, events, from, to } = step;
  return database.transaction(async (tx) => {
    await moveCheckpoint(tx, follower, from, to);
    const stuck = await parkedKeys(tx, follower, [...new Set(events.map(keyOf))]);
    const parked = await applied(tx, work, events, stuck, applyReady);
    const [first] = parked;
    if (first !== undefined && whenStuck === 'stop') throw new EventCannotBeApplied(first);
    await park(tx, follower, parked);
    const poisoned = parked.filter(({ error }) => error !== null).map(({ stored }) => keyOf(stored));
    if (poisoned.length > 0) await work.mark(tx, [...new Set(poisoned)], 'stale');
    return parked;
  });
}

/** Applies events that nothing of their keys waits before; answers those that still could not be, and what waits behind them. */
export function applyWhatCanBe<Event>(
  tx: Transaction,
  work: Work<Event>,
  events: readonly RecordedEvent[],
): Promise<readonly ParkedEvent[]> {
  return applied(tx, work, events, new Set(), findingThoseThatFail({ parks: true }));
}

/** In the order of the log, as what is parked first of a key is what stopped it. */
async function applied<Event>(
  tx: Transaction,
  work: Work<Event>,
  events: readonly RecordedEvent[],
  stuck: Set<string>,
  applyReady: Applying,
): Promise<readonly ParkedEvent[]> {
  const { ready, undecoded } = decoded(work, events, stuck);
  const parked = [...undecoded, ...(await applyReady(tx, work, ready))];
  return parked.sort((one, other) => (one.stored.position < other.stored.position ? -1 : 1));
}

/** What can be applied, and what waits: decoding depends on nothing but the event, so it is tried once. `stuck` learns the keys of those that fail. */
function decoded<Event>(
  work: Work<Event>,
  events: readonly RecordedEvent[],
  stuck: Set<string>,
): { ready: readonly Ready<Event>[]; undecoded: readonly ParkedEvent[] } {
  const ready: Ready<Event>[] = [];
  const undecoded: ParkedEvent[] = [];
  for (const stored of events) {
    if (stuck.has(keyOf(stored))) {
      undecoded.push({ stored, error: null });
      continue;
    }
    try {
      const event = work.decode(stored);
      if (event !== null) ready.push({ stored, event });
    } catch (error) {
      stuck.add(keyOf(stored));
      undecoded.push({ stored, error: errorText(error) });
    }
  }
  return { ready, undecoded };
}

/** Applies what is ready and answers what has to be parked. */
type Applying = <Event>(tx: Transaction, work: Work<Event>, ready: readonly Ready<Event>[]) => Promise<readonly ParkedEvent[]>;

const together: Applying = async (tx, work, ready) => {
  if (ready.length > 0) {
    await work.apply(
      tx,
      ready.map(({ event }) => event),
    );
  }
  return [];
};

/** Undoes an attempt that is not the last one: what failed once may succeed after a pause. */
class EventsFailed extends Error {
  override readonly name = 'EventsFailed';
}

/** In savepoints that are halved until those that fail are known, and undo nothing else: a few among many are found with few attempts. */
const findingThoseThatFail =
  ({ parks }: { parks: boolean }): Applying =>
  async (tx, work, ready) => {
    const failed = new Set<string>();
    const parked: ParkedEvent[] = [];
    const apply = async (part: typeof ready): Promise<void> => {
      const waiting = part.filter(({ stored }) => failed.has(keyOf(stored)));
      const free = part.filter(({ stored }) => !failed.has(keyOf(stored)));
      parked.push(...waiting.map(({ stored }) => ({ stored, error: null })));
      const [first] = free;
      if (first === undefined) return;
      try {
        await tx.transaction((undoable) => together(undoable, work, free));
      } catch (error) {
        if (!isEventsFault(error)) throw error;
        if (free.length === 1) {
          failed.add(keyOf(first.stored));
          parked.push({ stored: first.stored, error: errorText(error) });
          return;
        }
        const half = Math.ceil(free.length / 2);
        await apply(free.slice(0, half));
        await apply(free.slice(half));
      }
    };
    await apply(ready);
    if (!parks && parked.length > 0) throw new EventsFailed();
    return parked;
  };
