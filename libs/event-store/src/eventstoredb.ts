import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AccessDeniedError,
  ANY,
  BACKWARDS,
  END,
  excludeSystemEvents,
  FORWARDS,
  MaxAppendSizeExceededError,
  NO_STREAM,
  START,
  WrongExpectedVersionError,
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  type EventData,
  type EventStoreDBClient,
  type ReadStreamOptions as ClientReadStreamOptions,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { ExponentialBackoff, fullJitterGenerator } from 'cockatiel';
import { AppendingClient } from './appending-client';
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
import { AppendIsDenied, AppendIsTooLarge, LogIsUnavailable, OutcomeUnknown, WrongExpectedRevision } from './event-store-errors';
import { Reachability } from './reachability';
import { ReadingClient, unavailable } from './reading-client';
import { actualRevisionOf, toEventData, toRecordedEvent, toRevision } from './stored-event';
import { isSystemType, metadataData, metadataStreamOf, metadataType } from './stream-metadata';
import { within } from './within';

export interface EventStoreDbOptions {
  /** A new client, not connected yet. Called for the one that appends and the one that reads, and when one must be replaced. */
  readonly connect: (purpose: 'appends' | 'reads') => EventStoreDBClient;
  /** How long an append with all its attempts, or the next event of a read, may take; 3,000 ms at most. */
  readonly callTimeoutMs: number;
  readonly onInterruption: (error: unknown) => void;
}

const maxAttempts = 4;
const betweenAttempts = new ExponentialBackoff({ generator: fullJitterGenerator, initialDelay: 100 });
const betweenSubscriptions = new ExponentialBackoff({ generator: fullJitterGenerator, initialDelay: 100, maxDelay: 2_000 });

/** gRPC's code for credentials that are wrong. It ends the call that many appends share, some of which may be stored. */
const unauthenticated = 16;

/** Errors that come after nobody waits for them any more would be uncaught exceptions. */
const ignored = (): void => undefined;

/**
 * The log in EventStoreDB, or in whatever speaks its protocol. Two clients: one only appends, one reads and subscribes, as a failed call closes
 * the channel under all other calls of its client. The client knows no deadline for BatchAppend, reads and subscriptions, so each call has one here.
 * When the log is away both clients are replaced: a connection may have stalled that nobody has closed.
 */
export class EventStoreDb implements EventStore {
  readonly #appending: AppendingClient;
  #reading: ReadingClient;
  readonly #reachability: Reachability;
  readonly #closed = new AbortController();

  constructor(private readonly options: EventStoreDbOptions) {
    if (!(options.callTimeoutMs > 0 && options.callTimeoutMs <= 3_000))
      throw new RangeError('callTimeoutMs is not within 1 to 3000: whoever waits for a command is to be told soon');
    this.#appending = new AppendingClient(() => options.connect('appends'));
    this.#reading = this.#newReading();
    this.#reachability = new Reachability({ callTimeoutMs: options.callTimeoutMs, onAway: () => this.#connectAnew() });
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult> {
    const batch = toEventData(stream, events);
    return this.#reachability.call(() => this.#appended(stream, batch, expected));
  }

  async *readStream(stream: string, { direction = 'forwards', from, maxCount }: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    if (maxCount === 0) return;
    const forwards = direction === 'forwards';
    const events = this.#eventsOf(stream, {
      direction: forwards ? FORWARDS : BACKWARDS,
      fromRevision: from === undefined ? (forwards ? START : END) : BigInt(from),
      ...(maxCount === undefined ? {} : { maxCount }),
    });
    for await (const event of this.#guarded(events)) yield toRecordedEvent(event);
  }

  /** The client cannot filter this read, so what is not shown is left out here, and only what is shown is counted. */
  async *readAll({ direction = 'forwards', from, maxCount = Infinity }: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    if (maxCount === 0) return;
    const forwards = direction === 'forwards';
    const fromPosition = from === undefined ? (forwards ? START : END) : { commit: from, prepare: from };
    const reading = this.#reading;
    const events = reading.read<AllStreamResolvedEvent>(() =>
      reading.client.readAll({ direction: forwards ? FORWARDS : BACKWARDS, fromPosition }),
    );
    let shown = 0;
    for await (const resolved of this.#guarded(events)) {
      if (resolved.event !== undefined && isSystemType(resolved.event.type)) continue; // a tombstone's revision is no number
      yield toRecordedEvent(resolved);
      shown += 1;
      if (shown === maxCount) return;
    }
  }

  async *subscribeToAll({ after = 0n, signal, beforeGoingOn }: SubscribeOptions): AsyncIterable<LogMessage> {
    this.#assertOpen();
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    const isOver = (): boolean => ended.aborted;
    let position = after;
    let wait = betweenSubscriptions.next();
    while (!isOver()) {
      try {
        for await (const message of this.#subscription(position, ended)) {
          if (message.kind === 'event') position = message.event.position;
          if (message.kind === 'checkpoint') position = message.position;
          wait = betweenSubscriptions.next();
          yield message;
        }
      } catch (error) {
        if (!isOver()) this.options.onInterruption(error);
      }
      do {
        await pause(wait.duration, undefined, { signal: ended }).catch(ignored);
        wait = wait.next(undefined);
      } while (!isOver() && !(await mayGoOn(beforeGoingOn)));
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
    this.#assertOpen();
    const { callTimeoutMs } = this.options;
    await this.#reachability.call(() =>
      within(callTimeoutMs, this.#reading.client.deleteStream(stream, { deadline: callTimeoutMs })).catch((error: unknown) => {
        if (!(error instanceof WrongExpectedVersionError)) throw unavailable(error); // that one says that there is no stream
      }),
    );
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([this.#appending.close(), this.#reading.close()]);
  }

  async #appended(stream: string, batch: EventData[], expected: ExpectedRevision): Promise<AppendResult> {
    const until = Date.now() + this.options.callTimeoutMs;
    let sent = false;
    let wait = betweenAttempts.next();
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#assertOpen();
        const client = await this.#appending.greeted(until - Date.now());
        sent = true; // from here on
        return await within(until - Date.now(), this.#appendOnce(client, stream, batch, expected));
      } catch (error) {
        if (error instanceof WrongExpectedRevision || error instanceof AppendIsTooLarge || error instanceof AppendIsDenied) throw error;
        if (attempt === maxAttempts || Date.now() + wait.duration >= until || this.#closed.signal.aborted)
          throw sent ? new OutcomeUnknown(stream, { cause: error }) : unavailable(error);
        await pause(wait.duration);
        wait = wait.next(undefined);
      }
    }
  }

  /** Every failure but a refusal leaves open whether the events were stored: see `AppendingClient`. */
  async #appendOnce(client: EventStoreDBClient, stream: string, batch: EventData[], expected: ExpectedRevision): Promise<AppendResult> {
    const expectedRevision = expected === 'any' ? ANY : expected === 'no-stream' ? NO_STREAM : BigInt(expected);
    const { nextExpectedRevision, position } = await client.appendToStream(stream, batch, { expectedRevision }).catch((error: unknown) => {
      if (error instanceof WrongExpectedVersionError) throw new WrongExpectedRevision(stream, expected, actualRevisionOf(error));
      if (error instanceof MaxAppendSizeExceededError) throw new AppendIsTooLarge(stream, error.maxAppendSize);
      if (error instanceof AccessDeniedError && Number(error.code) !== unauthenticated) throw new AppendIsDenied(stream, { cause: error });
      throw error;
    });
    const revision = toRevision(nextExpectedRevision);
    return { revision, position: position?.commit ?? (await this.#positionOf(stream, revision)) };
  }

  /** The server may leave the position out when it knew the append already. */
  async #positionOf(stream: string, revision: number): Promise<Position> {
    for await (const event of this.#eventsOf(stream, { fromRevision: BigInt(revision), maxCount: 1 }))
      return toRecordedEvent(event).position;
    throw new LogIsUnavailable(`${stream} does not show its event ${revision}`);
  }

  #eventsOf(stream: string, options: ClientReadStreamOptions): AsyncGenerator<ResolvedEvent, void, undefined> {
    const reading = this.#reading;
    return reading.read<ResolvedEvent>(() => reading.client.readStream(stream, options));
  }

  /** A read, whose first event or end shows whether the log is there. */
  async *#guarded<Shown>(read: AsyncGenerator<Shown, void, undefined>): AsyncGenerator<Shown, void, undefined> {
    try {
      const first = await this.#reachability.call(() => read.next());
      if (first.done === true) return;
      yield first.value;
      yield* read;
    } finally {
      await read.return();
    }
  }

  /** One subscription, until it breaks. What is no event is pushed into the client's stream as it passes, and so keeps its place among the events. */
  async *#subscription(after: Position, ended: AbortSignal): AsyncGenerator<LogMessage, void, undefined> {
    const subscription = await this.#reachability.call(() => this.#subscribed(after));
    const end = (): void => void subscription.destroy();
    ended.addEventListener('abort', end);
    if (ended.aborted) end();
    try {
      for await (const told of subscription as AsyncIterable<AllStreamResolvedEvent | LogMessage>)
        yield 'kind' in told ? told : { kind: 'event', event: toRecordedEvent(told) };
    } finally {
      ended.removeEventListener('abort', end);
      void subscription.unsubscribe().catch(ignored);
    }
  }

  /** A subscription that the log has confirmed. */
  async #subscribed(after: Position): Promise<AllStreamSubscription> {
    this.#assertOpen();
    const tell = (message: LogMessage): void => void subscription.push(message);
    const subscription = this.#reading.client.subscribeToAll({
      fromPosition: after === 0n ? START : { commit: after, prepare: after },
      // It must not reject: the client would neither report that nor go on.
      filter: excludeSystemEvents({ checkpointReached: (_, { commit }) => tell({ kind: 'checkpoint', position: commit }) }),
    });
    subscription.on('caughtUp', () => tell({ kind: 'caught-up' }));
    subscription.on('error', ignored);
    try {
      await within(this.options.callTimeoutMs, once(subscription, 'confirmation'));
      return subscription;
    } catch (error) {
      void subscription.unsubscribe().catch(ignored);
      throw unavailable(error);
    }
  }

  #newReading(): ReadingClient {
    return new ReadingClient(this.options.connect('reads'), this.options.callTimeoutMs);
  }

  #connectAnew(): void {
    if (this.#closed.signal.aborted) return;
    this.#appending.connectAnew();
    void this.#reading.close();
    this.#reading = this.#newReading();
  }

  #assertOpen(): void {
    if (this.#closed.signal.aborted) throw new LogIsUnavailable('the event store is closed');
  }
}

/** False while the log cannot be asked. */
async function mayGoOn(asked: () => Promise<void> = () => Promise.resolve()): Promise<boolean> {
  try {
    await asked();
    return true;
  } catch (error) {
    if (error instanceof LogIsUnavailable) return false;
    throw error;
  }
}
