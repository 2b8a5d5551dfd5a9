import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { assertFits } from './append-size';
import type {
  AppendResult,
  EventStore,
  ExpectedRevision,
  LogMessage,
  NewEvent,
  Position,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  StreamMetadata,
  SubscribeOptions,
} from './event-store';
import { LogIsUnavailable, WrongExpectedRevision } from './event-store-errors';
import { deletingMetadata, everything, isSystemType, metadataData, metadataStreamOf, metadataType, ownerOf } from './stream-metadata';

/** Kept as the texts a real store would keep, so that readers get parsed JSON and never the writer's objects. */
interface StoredEvent extends Omit<RecordedEvent, 'data' | 'metadata'> {
  readonly data: string;
  readonly metadata: string;
}

type EventText = Pick<StoredEvent, 'id' | 'type' | 'data' | 'metadata'>;

/** After how many events that were looked at a subscription says where it is: EventStoreDB's default window. */
const checkpointWindow = 32;

/** The log in memory, for specs: EventStoreDB's semantics, held to them by the contract suite that the real ones pass. */
export class InMemoryEventStore implements EventStore {
  readonly #log: StoredEvent[] = [];
  readonly #streams = new Map<string, StoredEvent[]>();
  readonly #byId = new Map<string, StoredEvent>();
  readonly #appended = new EventEmitter().setMaxListeners(0);
  readonly #closed = new AbortController();

  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult> {
    return Promise.resolve().then(() => {
      this.#assertOpen();
      const texts = events.map(({ id, type, data, metadata }) => ({ id, type, data: textOf(data), metadata: textOf(metadata) }));
      assertFits(stream, texts);
      const earlier = this.#earlier(stream, events, expected);
      if (earlier) return { revision: earlier.revision, position: earlier.position };
      return this.#storeAndRecreate(stream, texts);
    });
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    await this.#answer();
    const { direction = 'forwards', from = direction === 'forwards' ? 0 : Infinity, maxCount = Infinity } = options;
    const visible = this.#visible(stream);
    const chosen =
      direction === 'forwards'
        ? visible.filter(({ revision }) => revision >= from)
        : visible.filter(({ revision }) => revision <= from).reverse();
    yield* chosen.slice(0, maxCount).map(recorded);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    await this.#answer();
    const { direction = 'forwards', from, maxCount = Infinity } = options;
    const events = this.#log.filter(({ type }) => !isSystemType(type));
    const chosen =
      direction === 'forwards'
        ? events.filter(({ position }) => from === undefined || position >= from)
        : events.filter(({ position }) => from === undefined || position < from).reverse();
    yield* chosen.slice(0, maxCount).map(recorded);
  }

  async *subscribeToAll({ after = 0n, signal }: SubscribeOptions): AsyncIterable<LogMessage> {
    await this.#answer();
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    let next = this.#log.findIndex(({ position }) => position > after);
    if (next === -1) next = this.#log.length;
    let unsaid = 0; // events looked at since the last checkpoint
    let live = false;
    while (!ended.aborted) {
      const event = this.#log[next];
      if (event) {
        next += 1;
        if (!isSystemType(event.type)) yield { kind: 'event', event: recorded(event) };
        unsaid += 1;
        if (unsaid === checkpointWindow) {
          unsaid = 0;
          yield { kind: 'checkpoint', position: event.position };
        }
      } else if (!live) {
        live = true;
        if (unsaid > 0) yield { kind: 'checkpoint', position: this.#log[next - 1]?.position ?? after };
        unsaid = 0;
        yield { kind: 'caught-up' };
      } else {
        await once(this.#appended, 'appended', { signal: ended }).catch(() => undefined);
      }
    }
  }

  async readLastPosition(): Promise<Position> {
    for await (const { position } of this.readAll({ direction: 'backwards', maxCount: 1 })) return position;
    return 0n;
  }

  async setStreamMetadata(stream: string, metadata: StreamMetadata): Promise<void> {
    const event = { id: randomUUID(), type: metadataType, data: metadataData(metadata), metadata: {} };
    await this.append(metadataStreamOf(stream), [event], 'any');
  }

  async deleteStream(stream: string): Promise<void> {
    await this.#answer();
    const metadataStream = metadataStreamOf(stream);
    if (this.#streams.has(stream) || this.#streams.has(metadataStream)) this.#store(metadataStream, [metadataEvent(deletingMetadata)]);
  }

  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }

  /** The last event of this very append, when it was stored before. Throws when the stream is not as expected. */
  #earlier(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): StoredEvent | undefined {
    const stored = this.#streams.get(stream) ?? [];
    const current = stored.length - 1;
    const refused = new WrongExpectedRevision(stream, expected, current === -1 ? null : current);
    if (expected === 'any') {
      const known = events.map(({ id }) => this.#byId.get(id)).map((event) => (event?.stream === stream ? event : undefined));
      if (known[0] === undefined) return undefined; // the server asks the first id only
      if (known.includes(undefined)) throw refused;
      return known.at(-1);
    }
    const base = expected === 'no-stream' ? -1 : expected;
    if (base === current) return undefined;
    if (expected === 'no-stream' && this.#isDeleted(stream) && stored[0]?.id !== events[0]?.id) return undefined;
    const same = base < current && events.length > 0 && events.every(({ id }, index) => stored[base + 1 + index]?.id === id);
    if (!same) throw refused;
    return stored[base + events.length];
  }

  /** A stream that was deleted comes back by what is appended to it, or to its settings: from here on. */
  #storeAndRecreate(stream: string, events: readonly EventText[]): AppendResult {
    const owner = ownerOf(stream);
    const wasDeleted = this.#isDeleted(owner);
    const $tb = this.#streams.get(owner)?.length ?? 0;
    const result = this.#store(stream, events);
    if (wasDeleted) this.#store(metadataStreamOf(owner), [metadataEvent(textOf({ ...this.#metadataOf(owner), $tb }))]);
    return result;
  }

  #store(stream: string, events: readonly EventText[]): AppendResult {
    const stored = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, stored);
    for (const event of events) {
      const place = { stream, revision: stored.length, position: BigInt(this.#log.length + 1), created: new Date() };
      const record = { ...event, ...place };
      stored.push(record);
      this.#log.push(record);
      this.#byId.set(record.id, record);
    }
    this.#appended.emit('appended');
    return { revision: stored.length - 1, position: BigInt(this.#log.length) };
  }

  #metadataOf(stream: string): Readonly<Record<string, number>> {
    const newest = this.#streams.get(metadataStreamOf(stream))?.at(-1);
    return (newest ? JSON.parse(newest.data) : {}) as Readonly<Record<string, number>>;
  }

  #isDeleted(stream: string): boolean {
    return this.#metadataOf(stream)['$tb'] === everything;
  }

  #visible(stream: string): readonly StoredEvent[] {
    const { $maxCount = Infinity, $maxAge = Infinity, $tb = 0 } = this.#metadataOf(stream);
    const stored = this.#streams.get(stream) ?? [];
    const oldest = Date.now() - $maxAge * 1000;
    return stored.slice(Math.max($tb, stored.length - $maxCount)).filter(({ created }) => created.getTime() >= oldest);
  }

  #assertOpen(): void {
    if (this.#closed.signal.aborted) throw new LogIsUnavailable('the event store is closed');
  }

  /** A turn of the event loop, as a real answer takes one at least; what is read is what is stored after it. */
  async #answer(): Promise<void> {
    await Promise.resolve();
    this.#assertOpen();
  }
}

const metadataEvent = (data: string): EventText => ({ id: randomUUID(), type: metadataType, data, metadata: '{}' });

const textOf = (value: unknown): string => JSON.stringify(value);

function recorded({ data, metadata, ...event }: StoredEvent): RecordedEvent {
  return { ...event, data: JSON.parse(data), metadata: JSON.parse(metadata) };
}
