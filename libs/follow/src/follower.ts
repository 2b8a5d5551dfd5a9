import type { EventStore, Position, RecordedEvent } from '#event-store';
import type { Database, Transaction } from '#postgres';
import { applyBatch, type Work } from './apply-batch';
import { backOff } from './back-off';
import { batchesOf, type Batch } from './batches-of';
import { moveCheckpoint, readOrBeginCheckpoint, type Checkpoint } from './checkpoint';
import { identityOf, refuseAnotherLog } from './log-identity';
import type { ParkedEvent } from './parked-events';
import { keysAskedFor } from './parked-keys';
import { unpark, type Unparked } from './unpark';

/** Whoever holds it runs; the others stand by. Lost: somebody else may hold it. Satisfied by `AdvisoryLock` of #postgres. */
export interface Turn {
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface FollowerOptions<Event> extends Work<Event> {
  /** Names the checkpoint: all that the events change is as of one position. */
  readonly name: string;
  readonly store: EventStore;
  readonly database: Database;
  /** The id in the first event of the stream `log`. */
  readonly logIdOf: (opened: RecordedEvent) => string;
  /** Waits until it is this runner's turn. A runner without it relies on the checkpoint alone. */
  readonly takeTurn?: (signal: AbortSignal) => Promise<Turn>;
  /**
   * Done once before following, each time it is this runner's turn; a throw keeps it from following. Answers where to read on: at the
   * checkpoint or, when something is to be made of what was read already, at the beginning.
   */
  readonly prepare?: (tx: Transaction) => Promise<'checkpoint' | 'beginning'>;
  /** Messages of the log in one transaction, at most; 500 unless told. */
  readonly batchSize?: number;
  /** Between two looks for parked events that are to be tried again, in ms; 1,000 unless told. */
  readonly lookEachMs?: number;
  readonly onHappening?: (happening: Happening) => void;
}

/** For whoever writes the log lines: a lib writes none. */
export type Happening =
  | { readonly kind: 'turned'; readonly role: Role }
  | { readonly kind: 'applied'; readonly events: number; readonly position: Position }
  | { readonly kind: 'parked'; readonly parked: readonly ParkedEvent[] }
  | { readonly kind: 'unparked'; readonly unparked: Unparked }
  | { readonly kind: 'failed'; readonly error: unknown };

/** What a runner is doing: waiting for its turn, finding out where to begin, waiting for a new log to be opened, or its work. */
export type Role = 'stopped' | 'standing-by' | 'starting' | 'waiting-for-log' | 'following';

export interface Following {
  readonly role: Role;
  /** Up to where this runner has seen the log; null while it has seen nothing of it. */
  readonly position: Position | null;
  /** How old the oldest event is that waits to be applied, in seconds; 0 when none waits, null for a runner that does not follow. */
  readonly lagSeconds: number | null;
  /** What went wrong last, until something is written again: everything is tried again by itself. */
  readonly problem: unknown;
}

const restartPauseAtMostMs = 5_000;
/** Meanwhile the others wait: some hundred milliseconds. */
const keysPerLook = 50;

/**
 * Follows the whole log, batch by batch, each in one transaction with its checkpoint. What goes wrong is tried again for ever, with pauses:
 * a follower ends only by `stop`.
 */
export class Follower<Event> {
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #role: Role = 'stopped';
  #position: Position | null = null;
  #problem: unknown = null;
  #caughtUp = false;
  #lookedAt = 0;
  /** The time from which something waits to be applied; null when nothing does. */
  #behindSince: Date | null = null;

  constructor(private readonly options: FollowerOptions<Event>) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Lets the batch under way end. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the follower is stopped'));
    await this.#running;
  }

  get following(): Following {
    return { role: this.#role, position: this.#position, lagSeconds: this.#lagSeconds(), problem: this.#problem };
  }

  #lagSeconds(): number | null {
    if (this.#role !== 'following') return null;
    return this.#behindSince === null ? 0 : Math.max(0, (Date.now() - this.#behindSince.getTime()) / 1000);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!this.#isStopping()) {
      try {
        await this.#takeOneTurn(signal, () => (failures = 0));
      } catch (error) {
        if (this.#isStopping()) break;
        this.#fail(error);
        failures += 1;
        await backOff(failures, restartPauseAtMostMs, signal).catch(() => undefined);
      }
    }
    this.#turn('stopped');
  }

  /** From standing by until the turn is lost or something fails: it ends by a throw. */
  async #takeOneTurn(stopping: AbortSignal, onProgress: () => void): Promise<never> {
    this.#turn('standing-by');
    const turn = await this.options.takeTurn?.(stopping);
    const over = new AbortController();
    try {
      this.#turn('starting');
      return await this.#follow(AbortSignal.any([stopping, over.signal, ...(turn ? [turn.lost] : [])]), onProgress);
    } finally {
      over.abort(new Error('the turn is over')); // ends the subscription
      await turn?.release();
    }
  }

  async #follow(signal: AbortSignal, onProgress: () => void): Promise<never> {
    const { store, batchSize = 500, lookEachMs = 1_000 } = this.options;
    let checkpoint = await this.#prepare(await this.#findCheckpoint(signal));
    signal.throwIfAborted();

    this.#caughtUp = false;
    this.#behindSince = new Date();
    this.#turn('following');
    const messages = store.subscribeToAll({
      signal,
      ...(checkpoint.position > 0n && { after: checkpoint.position }),
      beforeGoingOn: () => this.#refuseAnotherLog(checkpoint, signal),
    });
    for await (const batch of batchesOf(messages, { size: batchSize, quietMs: lookEachMs })) {
      checkpoint = await this.#advance(batch, checkpoint, signal);
      await this.#unparkWhatIsAskedFor(checkpoint, lookEachMs);
      onProgress();
    }
    signal.throwIfAborted();
    throw new Error('the subscription to the log ended by itself');
  }

  async #findCheckpoint(signal: AbortSignal): Promise<Checkpoint> {
    const { store, database, name } = this.options;
    const logId = await this.#logId(signal);
    const checkpoint = await database.transaction((tx) => readOrBeginCheckpoint(tx, name, logId));
    await refuseAnotherLog(store, name, checkpoint, logId);
    return checkpoint;
  }

  /** Whoever answers after the connection broke may be another log. */
  async #refuseAnotherLog(at: Checkpoint, signal: AbortSignal): Promise<void> {
    const { store, name } = this.options;
    await refuseAnotherLog(store, name, at, await this.#logId(signal));
    this.#turn('following');
  }

  #logId(signal: AbortSignal): Promise<string> {
    const { store, logIdOf } = this.options;
    return identityOf(store, logIdOf, { signal, onWaiting: () => this.#turn('waiting-for-log') });
  }

  async #prepare(found: Checkpoint): Promise<Checkpoint> {
    const { database, name, prepare } = this.options;
    if (prepare === undefined) return found;
    return database.transaction(async (tx) => {
      if ((await prepare(tx)) === 'checkpoint') return found;
      const beginning = { position: 0n, logId: found.logId, eventId: null };
      await moveCheckpoint(tx, name, found, beginning);
      return beginning;
    });
  }

  async #advance(batch: Batch, from: Checkpoint, signal: AbortSignal): Promise<Checkpoint> {
    const to = batch.position !== null && batch.position > from.position ? await this.#write(batch, batch.position, from, signal) : from;
    this.#position = to.position;
    this.#problem = null;
    this.#caughtUp ||= batch.caughtUp;
    this.#behindSince = this.#caughtUp ? null : (batch.events.at(-1)?.created ?? this.#behindSince);
    return to;
  }

  async #write(batch: Batch, position: Position, from: Checkpoint, signal: AbortSignal): Promise<Checkpoint> {
    const { name: follower, database } = this.options;
    const events = batch.events.filter((event) => event.position > from.position); // a subscription that broke may repeat itself
    const last = events.at(-1);
    const to = { position, logId: from.logId, eventId: last?.position === position ? last.id : null };
    this.#behindSince = events[0]?.created ?? this.#behindSince;
    const parked = await applyBatch(
      { follower, database, work: this.options, whenStuck: 'park', events, from, to },
      { signal, onOutage: (error) => this.#fail(error) },
    );
    if (parked.length > 0) this.options.onHappening?.({ kind: 'parked', parked });
    this.options.onHappening?.({ kind: 'applied', events: events.length, position });
    return to;
  }

  /** Between two batches, so that nothing of these keys is on its way. */
  async #unparkWhatIsAskedFor(at: Checkpoint, lookEachMs: number): Promise<void> {
    if (performance.now() - this.#lookedAt < lookEachMs) return;
    const { name: follower, store, database } = this.options;
    for (const key of await keysAskedFor(database, follower, keysPerLook)) {
      const unparked = await unpark({ follower, store, database, work: this.options, key, at });
      this.options.onHappening?.({ kind: 'unparked', unparked });
    }
    this.#lookedAt = performance.now();
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #turn(role: Role): void {
    if (role === this.#role) return;
    this.#role = role;
    this.options.onHappening?.({ kind: 'turned', role });
  }

  #fail(error: unknown): void {
    this.#problem = error;
    this.options.onHappening?.({ kind: 'failed', error });
  }
}
