import { AsyncResource } from 'node:async_hooks';
import AsyncLock from 'async-lock';
import { ExponentialBackoff, fullJitterGenerator, handleType, retry } from 'cockatiel';
import { LRUCache } from 'lru-cache';
import type { Codec } from './codec';
import { eventIdOf } from './command-ids';
import type { Decider } from './decider';
import type { AppendResult, EventStore, NewEvent, Position, ReadStreamOptions, RecordedEvent } from './event-store';
import { LogIsUnavailable, StreamChangedMeanwhile, WrongExpectedRevision } from './event-store-errors';
import { remember, unfolded, type Folded } from './folded';
import { Snapshots, type SnapshotsOptions } from './snapshots';

/** A stream folded into its state. */
export interface Loaded<State> {
  readonly id: string;
  readonly stream: string;
  readonly state: State;
  /** Of the last event; -1 where there is none. */
  readonly revision: number;
  /** Of the last event; `0n` where there is none. */
  readonly position: Position;
}

/** What a command led to: the stream as of the command's last event, and the events it made, now or when it ran before. */
export interface Executed<State, Event> extends Loaded<State> {
  readonly events: readonly Event[];
  readonly repeated: boolean;
}

/** An append about to be tried. */
export interface Appending<State, Event, Context> {
  readonly id: string;
  readonly stream: string;
  readonly before: State;
  readonly after: State;
  /** Of the last event, after the append. */
  readonly revision: number;
  readonly events: readonly Event[];
  readonly context: Context;
}

export interface StreamsOptions<State, Command, Event, Context extends { readonly commandId: string }> {
  readonly store: EventStore;
  readonly codec: Codec<Event, Context>;
  readonly decider: Decider<State, Command, Event, Context>;
  /** The part of the stream's name before the id. */
  readonly category: string;
  /** The stream of an id; `<category>-<id>` unless told. */
  readonly streamOf?: (id: string) => string;
  readonly clock?: () => Date;
  /** How many folded streams are kept in memory. */
  readonly cacheSize?: number;
  /** Keeps states beside the streams. Worth it where streams grow long; none unless told. */
  readonly snapshots?: SnapshotsOptions<State>;
  /** Runs around each attempt to append, so also around those that lose a race. What it throws, `execute` throws. */
  readonly around?: (appending: Appending<State, Event, Context>, append: () => Promise<AppendResult>) => Promise<AppendResult>;
}

/** One that takes in the events that follow. What it remembers is its own until it is done: other folds of the stream may be under way. */
interface Folding<State> extends Folded<State> {
  readonly commands: Map<string, number>;
}

/** Attempts at one append that keep losing to another process; commands of this process queue and never race. */
const lostRaces = retry(handleType(WrongExpectedRevision), {
  maxAttempts: 4, // after the first one
  backoff: new ExponentialBackoff({ generator: fullJitterGenerator, initialDelay: 50 }),
});

/** How long a command waits for those before it on the same stream, in ms. */
const queueTimeout = 15_000;

/** Up to which event is folded, that one included, and who is shown those that are. */
interface Extent {
  readonly until?: number;
  readonly visit?: (event: RecordedEvent) => void;
}

/** Beyond every event. */
const latest = Number.MAX_SAFE_INTEGER - 1;

const unadorned = (_: unknown, append: () => Promise<AppendResult>): Promise<AppendResult> => append();

/** A decider bound to its streams: loads, decides, appends at the revision it read, and decides again when somebody else was faster. */
export class Streams<State, Command, Event, Context extends { readonly commandId: string }> {
  readonly #options: StreamsOptions<State, Command, Event, Context>;
  readonly #cache: LRUCache<string, Folded<State>>;
  readonly #snapshots: Snapshots<State> | undefined;
  readonly #queue = new AsyncLock({ timeout: queueTimeout });

  constructor(options: StreamsOptions<State, Command, Event, Context>) {
    this.#options = options;
    this.#cache = new LRUCache({ max: options.cacheSize ?? 10_000 });
    this.#snapshots = options.snapshots && new Snapshots(options.store, options.snapshots);
  }

  /** The stream as it is now. A stream without events is the decider's initial state at revision -1. */
  async load(id: string): Promise<Loaded<State>> {
    return this.#loaded(id, await this.#fold(id));
  }

  /** The stream as it was after the event at `revision`; as it is now where it has not come that far. */
  async stateAt(id: string, revision: number): Promise<Loaded<State>> {
    return this.#loaded(id, await this.#replay(id, { until: revision }));
  }

  /** The stored events of the stream, of whatever version they were written in. */
  history(id: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent> {
    return this.#options.store.readStream(this.#streamOf(id), options);
  }

  /**
   * Runs one command. `act` is called once, with what was loaded, and answers the decider's commands; they are decided in turn, each on what the ones
   * before it led to, and all their events are one append. Deciding may happen several times; acting never does.
   * A command that is among the newest 200 of the stream neither acts nor decides: it is answered from the stream. One that leads to no event
   * appends nothing.
   * Commands on one id run one after the other, so `act` must not execute another command on the same id.
   * Throws `StreamChangedMeanwhile` when five attempts lost their race, `LogIsUnavailable`, `OutcomeUnknown`, `AppendIsTooLarge`, and whatever `act`,
   * the decider or `around` throw.
   */
  async execute(
    id: string,
    context: Context,
    act: (loaded: Loaded<State>) => readonly Command[] | Promise<readonly Command[]>,
  ): Promise<Executed<State, Event>> {
    let entered = false as boolean; // set inside the lock
    // The lock starts a waiting command from the one before it; without the binding it would log under that one's correlation id.
    const run = AsyncResource.bind(() => {
      entered = true;
      return this.#execute(id, context, act);
    });
    try {
      return await this.#queue.acquire(id, run);
    } catch (cause) {
      if (entered) throw cause;
      throw new LogIsUnavailable(`commands on ${this.#streamOf(id)} wait too long for those before them`, { cause });
    }
  }

  async #execute(
    id: string,
    context: Context,
    act: (loaded: Loaded<State>) => readonly Command[] | Promise<readonly Command[]>,
  ): Promise<Executed<State, Event>> {
    const first = await this.#fold(id);
    const earlier = await this.#earlier(id, first, context.commandId);
    if (earlier) return earlier;
    const commands = await act(this.#loaded(id, first));
    try {
      return await lostRaces.execute(async ({ attempt }) => {
        if (attempt === 0) return this.#decideAndAppend(id, first, commands, context);
        const folded = await this.#fold(id);
        return (await this.#earlier(id, folded, context.commandId)) ?? this.#decideAndAppend(id, folded, commands, context);
      });
    } catch (error) {
      if (error instanceof WrongExpectedRevision) throw new StreamChangedMeanwhile(error.stream, error.actual);
      throw error;
    }
  }

  async #decideAndAppend(
    id: string,
    before: Folded<State>,
    commands: readonly Command[],
    context: Context,
  ): Promise<Executed<State, Event>> {
    const { decider, clock = () => new Date() } = this.#options;
    const now = new Date(Math.max(clock().getTime(), before.occurredAt)); // a clock that went back must not reorder history
    const circumstances = { ...context, occurredAt: now.toISOString() };
    let after = before.state;
    const events = commands.flatMap((command) => {
      const decided = decider.decide(command, after, now);
      after = decided.reduce<State>((state, event) => decider.evolve(state, event, circumstances), after);
      return decided;
    });
    if (events.length === 0) return { ...this.#loaded(id, before), events, repeated: false };

    const stream = this.#streamOf(id);
    const appending = { id, stream, before: before.state, after, revision: before.revision + events.length, events, context };
    const { encoded, hash } = this.#encode(appending, before.hash, now);
    const { revision, position } = await this.#append(appending, encoded);
    const folded = { ...folding(before), state: after, revision, position, hash, occurredAt: now.getTime() };
    remember(folded.commands, context.commandId, revision);
    this.#cache.set(id, this.#kept(stream, folded));
    return { ...this.#loaded(id, folded), events, repeated: false };
  }

  /** The events as they will be stored, each chained to the one before it, and the hash of the last. */
  #encode(
    { stream, revision, events, context }: Appending<State, Event, Context>,
    before: string,
    now: Date,
  ): { readonly encoded: readonly NewEvent[]; readonly hash: string } {
    const { codec } = this.#options;
    const first = revision - events.length + 1;
    let hash = before;
    const encoded = events.map((event, index) => {
      const eventId = eventIdOf(context.commandId, stream, index);
      const place = { stream, revision: first + index, eventId, prevHash: hash, occurredAt: now.toISOString(), context };
      const stored = codec.encode(event, place);
      hash = codec.metadata(stored.metadata).hash;
      return stored;
    });
    return { encoded, hash };
  }

  async #append(appending: Appending<State, Event, Context>, encoded: readonly NewEvent[]): Promise<AppendResult> {
    const { store, around = unadorned } = this.#options;
    const read = appending.revision - encoded.length;
    try {
      return await around(appending, () => store.append(appending.stream, encoded, read === -1 ? 'no-stream' : read));
    } catch (error) {
      // Whatever happened, only the log knows how the stream looks now.
      if (!(error instanceof WrongExpectedRevision)) this.#cache.delete(appending.id);
      throw error;
    }
  }

  /** Takes a snapshot where one is due, as far as anybody can tell before it is taken. */
  #kept(stream: string, folded: Folded<State>): Folded<State> {
    if (!this.#snapshots?.isDue(folded)) return folded;
    this.#snapshots.takeLater(stream, folded);
    return { ...folded, keptAt: folded.revision };
  }

  /** The answer of a command that the stream already holds. */
  async #earlier(id: string, { commands }: Folded<State>, commandId: string): Promise<Executed<State, Event> | undefined> {
    const until = commands.get(commandId);
    if (until === undefined) return undefined;
    const events: Event[] = [];
    const visit = (event: RecordedEvent): void => {
      if (this.#options.codec.metadata(event.metadata).commandId === commandId) events.push(this.#decode(event));
    };
    const snapshot = await this.#snapshots?.newest(this.#streamOf(id));
    const before = snapshot && snapshot.revision < until ? snapshot : undefined;
    const folded = (before && (await this.#continued(id, before, { until, visit }))) ?? (await this.#replay(id, { until, visit }));
    return { ...this.#loaded(id, folded), events, repeated: true };
  }

  async #fold(id: string): Promise<Folded<State>> {
    const cached = this.#cache.get(id);
    const folded = (cached && (await this.#continued(id, cached))) ?? (await this.#fromSnapshot(id)) ?? (await this.#replay(id));
    if (folded.revision >= 0) this.#cache.set(id, folded);
    return folded;
  }

  async #fromSnapshot(id: string): Promise<Folded<State> | undefined> {
    const snapshot = await this.#snapshots?.newest(this.#streamOf(id));
    return snapshot && this.#continued(id, snapshot);
  }

  /**
   * Reads from the last event that is known, that one included: where it is not the one that was folded, what is known is of another history (two
   * processes that ran the same command at once, a restored log, a snapshot that lies) and is not continued.
   */
  async #continued(id: string, known: Folded<State>, { until = latest, visit }: Extent = {}): Promise<Folded<State> | undefined> {
    let folded: Folding<State> | undefined;
    for await (const event of this.history(id, { from: known.revision, maxCount: until - known.revision + 1 })) {
      if (folded) {
        folded = this.#evolve(folded, event);
        visit?.(event);
      } else {
        const { hash, occurredAt } = this.#options.codec.metadata(event.metadata);
        if (hash !== known.hash || Date.parse(occurredAt) !== known.occurredAt) return undefined;
        folded = { ...folding(known), position: event.position };
      }
    }
    return folded;
  }

  /** Folds from the first event. */
  async #replay(id: string, { until = latest, visit }: Extent = {}): Promise<Folded<State>> {
    let folded = folding(unfolded(this.#options.decider.initial));
    for await (const event of this.history(id, { maxCount: until + 1 })) {
      folded = this.#evolve(folded, event);
      visit?.(event);
    }
    return folded;
  }

  #evolve(folded: Folding<State>, event: RecordedEvent): Folding<State> {
    const metadata = this.#options.codec.metadata(event.metadata);
    const { commandId, hash, occurredAt } = metadata;
    remember(folded.commands, commandId, event.revision);
    const state = this.#options.decider.evolve(folded.state, this.#decode(event), metadata);
    return { ...folded, state, revision: event.revision, position: event.position, hash, occurredAt: Date.parse(occurredAt) };
  }

  #decode({ type, data }: RecordedEvent): Event {
    return this.#options.codec.decode(type, data) as Event;
  }

  #streamOf(id: string): string {
    const { category, streamOf = (any) => `${category}-${any}` } = this.#options;
    return streamOf(id);
  }

  #loaded(id: string, { state, revision, position }: Folded<State>): Loaded<State> {
    return { id, stream: this.#streamOf(id), state, revision, position };
  }
}

function folding<State>(folded: Folded<State>): Folding<State> {
  return { ...folded, commands: new Map(folded.commands) };
}
