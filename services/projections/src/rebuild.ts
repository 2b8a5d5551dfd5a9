import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore, RecordedEvent } from '#event-store';
import {
  catchUp,
  holdFollower,
  identityOf,
  isEventsFault,
  moveCheckpoint,
  readCheckpoint,
  refuseAnotherLog,
  setCheckpoint,
  type Checkpoint,
  type Work,
} from '#follow';
import { rows, type Database, type Transaction } from '#postgres';
import { readModelsFollower } from '#read-models';
import type { Projection } from './projection';
import { logIdOf, type ReadEvent } from './read-event';
import { readModelsWork } from './read-models-work';
import { finish, takeUp, tell, type RebuildOrder } from './rebuild-order';
import { emptySpareSlot, showSlot, spareSlot, type Slot } from './slots';

export interface RebuildParts {
  readonly store: EventStore;
  readonly database: Database;
  readonly signal: AbortSignal;
  readonly onOutage: (error: unknown) => void;
  /** 1,000 unless told. */
  readonly batchSize?: number;
}

/** What was kept for a roll-back is not there any more, or never was whole. */
export class NothingIsKept extends Error {
  override readonly name = 'NothingIsKept';
  constructor({ projection: { name, version } }: RebuildOrder) {
    super(`no tables of version ${version} of ${name} are kept: rebuild that version instead`);
  }
}

/** Events that wait while both followers stand still, at most: some 50 ms of work. */
const joinedAtMost = 500;
/** Who needed no longer than this to come to where the other one was is close behind it. */
const closeBehindMs = 500;
const tryAgainAfterMs = 20;
const tellEachMs = 500;

/**
 * Fills the slot that readers do not see, from where its own checkpoint is to where the live tables are, while these go on; then shows it, in
 * the transaction that brings both to the same position. Whoever begins again after a crash goes on at the checkpoint.
 *
 * @throws RebuildWasEnded, NothingIsKept, EventCannotBeApplied, LogIsAnother, CheckpointWasMoved, or what was wrong with database and log
 */
export async function rebuild(order: RebuildOrder, parts: RebuildParts): Promise<void> {
  const { slot, checkpoint } = await begun(order, parts);
  await new Rebuild(order, parts, slot).run(checkpoint);
}

async function begun(order: RebuildOrder, parts: RebuildParts): Promise<{ slot: Slot; checkpoint: Checkpoint }> {
  const { store, database, signal } = parts;
  const logId = await identityOf(store, logIdOf, { signal, onWaiting: () => undefined });
  const live = await database.transaction((tx) => readCheckpoint(tx, readModelsFollower));
  if (live) await refuseAnotherLog(store, readModelsFollower, live, logId);
  const { slot, checkpoint } = await untilNoReaderIsInTheWay(signal, () => database.transaction((tx) => begin(tx, order, logId)));
  await refuseAnotherLog(store, checkpointOf(order.projection, slot), checkpoint, logId);
  return { slot, checkpoint };
}

async function begin(tx: Transaction, order: RebuildOrder, logId: string): Promise<{ slot: Slot; checkpoint: Checkpoint }> {
  const { projection, kind } = order;
  const { slot, version } = await spareSlot(tx, projection);
  const name = checkpointOf(projection, slot);
  const taken = await takeUp(tx, order);
  if (kind === 'rebuild' && taken === 'begins') {
    await emptySpareSlot(tx, projection, slot);
    await setCheckpoint(tx, name, { position: 0n, logId, eventId: null });
  }
  const checkpoint = await readCheckpoint(tx, name);
  if (checkpoint === null || (kind === 'roll-back' && version !== projection.version)) throw new NothingIsKept(order);
  return { slot, checkpoint };
}

/** A long question to the view holds both of its tables. */
async function untilNoReaderIsInTheWay<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { driverError?: { code?: unknown } }).driverError?.code !== lockNotAvailable) throw error;
    }
    await pause(tryAgainAfterMs, undefined, { signal });
  }
}

const lockNotAvailable = '55P03';

class Rebuild {
  readonly #name: string;
  readonly #work: Work<ReadEvent>;
  readonly #began = performance.now();
  #toldAt = -Infinity;
  #events = 0;
  #positions = 0n;

  constructor(
    private readonly order: RebuildOrder,
    private readonly parts: RebuildParts,
    private readonly slot: Slot,
  ) {
    this.#name = checkpointOf(order.projection, slot);
    this.#work = readModelsWork(() => Promise.resolve(() => slot), [order.projection]);
  }

  async run(from: Checkpoint): Promise<void> {
    const { database, signal } = this.parts;
    let checkpoint = from;
    let isAnalyzed = false;
    for (;;) {
      const began = performance.now();
      checkpoint = await this.#catchUpWithLive(checkpoint);
      if (performance.now() - began < closeBehindMs) {
        if (!isAnalyzed) await this.#analyze();
        isAnalyzed = true;
        const joining = checkpoint;
        const ahead = await this.#eventsAfter(joining);
        if (await database.transaction((tx) => this.#join(tx, joining, ahead)).catch(asNotYet)) return;
        await pause(tryAgainAfterMs, undefined, { signal });
      }
    }
  }

  async #catchUpWithLive(from: Checkpoint): Promise<Checkpoint> {
    const { store, database, signal, onOutage, batchSize = 1_000 } = this.parts;
    const live = await database.transaction((tx) => readCheckpoint(tx, readModelsFollower));
    const head = live?.position ?? 0n;
    await this.#tell(from.position, head);
    if (head <= from.position) return from;
    let position = from.position;
    return catchUp(from, head, {
      ...this.#work,
      name: this.#name,
      store,
      database,
      batchSize,
      signal,
      onOutage,
      onBatch: async (checkpoint, events) => {
        this.#events += events;
        this.#positions += checkpoint.position - position;
        position = checkpoint.position;
        if (performance.now() - this.#toldAt > tellEachMs) await this.#tell(position, head);
      },
    });
  }

  async #tell(position: bigint, head: bigint): Promise<void> {
    this.#toldAt = performance.now();
    const seconds = (this.#toldAt - this.#began) / 1_000;
    const [eventsPerSecond, positionsPerSecond] = [this.#events / seconds, Number(this.#positions) / seconds];
    await this.parts.database.transaction((tx) => tell(tx, this.order, { position, head, eventsPerSecond, positionsPerSecond }));
  }

  /** So that questions are planned for the rows that are there, from the first one on. */
  async #analyze(): Promise<void> {
    const { database } = this.parts;
    await database.transaction(async (tx) => {
      await rows(tx, `set local statement_timeout = 0`);
      await rows(tx, `select read_models.analyze_slot($1)`, [`${this.order.projection.table}_${this.slot}`]);
    });
  }

  /** Read before the live follower is held: nobody waits for the log while it is. */
  async #eventsAfter({ position }: Checkpoint): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const event of this.parts.store.readAll({ ...(position > 0n && { from: position }), maxCount: joinedAtMost })) {
      if (event.position > position) events.push(event);
    }
    return events;
  }

  /** Holds the live follower where it is, applies what is missing up to there, and shows the slot. False: it is not close enough yet. */
  async #join(tx: Transaction, checkpoint: Checkpoint, ahead: readonly RecordedEvent[]): Promise<boolean> {
    const { projection } = this.order;
    const live = await holdFollower(tx, readModelsFollower);
    const known = ahead.at(-1)?.position ?? checkpoint.position;
    if (live === null || live.checkpoint.position < checkpoint.position || live.checkpoint.position > known) return false;
    const missing = ahead.filter(({ position }) => position <= live.checkpoint.position).map((event) => this.#work.decode(event));
    await moveCheckpoint(tx, this.#name, checkpoint, live.checkpoint);
    await this.#work.apply(
      tx,
      missing.filter((event) => event !== null),
    );
    await this.#work.mark(tx, live.parkedKeys, 'stale');
    // What was parked is not in the tables that were shown so far, and will not be brought to them: they are no way back.
    await showSlot(tx, projection, this.slot, { keepsOther: live.parkedKeys.length === 0 });
    await setCheckpoint(tx, checkpointOf(projection, this.slot === 'a' ? 'b' : 'a'), live.checkpoint);
    await finish(tx, this.order, live.checkpoint.position);
    return true;
  }
}

/** An event that cannot be applied is named by the way that looks for it. */
function asNotYet(error: unknown): false {
  if (isEventsFault(error)) return false;
  throw error;
}

/** Of what is in the slot while the live follower does not write it. */
function checkpointOf({ name }: Projection, slot: Slot): string {
  return `${name} in slot ${slot}`;
}
