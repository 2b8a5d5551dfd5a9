import type { TransformOptions } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ANY,
  BACKWARDS,
  END,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  START,
  WrongExpectedVersionError,
  type EventStoreDBClient,
  type JSONType,
} from '@eventstore/db-client';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { ExponentialBackoff } from 'cockatiel';
import { maxAppendBytes } from './append-size';
import { AppendingClient } from './appending-client';
import type { ExpectedRevision, Position } from './event-store';
import { AppendIsTooLarge, WrongExpectedRevision } from './event-store-errors';
import { ReadingClient, unavailable } from './reading-client';
import { actualRevisionOf } from './stored-event';
import { within } from './within';

/** An event as its bytes lie in the log. */
export interface RawEvent {
  readonly id: string;
  readonly stream: string;
  /** Exact but for the event that ends a stream that was deleted for good: it has the largest revision there is. */
  readonly revision: number;
  readonly position: Position;
  readonly type: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** An event that is to lie in a log with the same bytes. Its data has to be JSON as `JSON.stringify` writes it. */
export interface RawAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly event: Pick<RawEvent, 'id' | 'type' | 'data' | 'metadata'>;
}

/** How long the next event of a read, or a whole batch of appends, may take. */
const callTimeoutMs = 10_000;
const maxAttempts = 5;
const betweenAttempts = new ExponentialBackoff({ initialDelay: 200, maxDelay: 5_000 });

/**
 * The log byte for byte, the store's own events included: for whoever verifies it or moves it. Everybody else uses `EventStore`.
 * Reads and appends throw `LogIsUnavailable`.
 */
export class RawLog {
  readonly #reading: ReadingClient;
  readonly #appending: AppendingClient;

  constructor(connect: (purpose: 'appends' | 'reads') => EventStoreDBClient) {
    this.#reading = new ReadingClient(connect('reads'), callTimeoutMs);
    this.#appending = new AppendingClient(() => connect('appends'));
  }

  /** From the beginning to what was the end when it was asked. */
  readAll(): AsyncIterable<RawEvent> {
    return this.#reading.read<RawEvent>(() => this.#reading.client.readAll({ fromPosition: START }, rawEvents));
  }

  /** As far as the stream's settings let it be seen; nothing where there is no stream. */
  readStream(stream: string): AsyncIterable<RawEvent> {
    return this.#reading.read<RawEvent>(() => this.#reading.client.readStream(stream, { fromRevision: START }, rawEvents));
  }

  /** The position of the last event; `0n` for an empty log. */
  async readLastPosition(): Promise<Position> {
    const open = () => this.#reading.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }, rawEvents);
    for await (const { position } of this.#reading.read<RawEvent>(open)) return position;
    return 0n;
  }

  /**
   * Stores appends of one event each, in this order. They are sent one behind the other on one connection, so whenever it breaks a first part of
   * them is stored; then all are sent again, and those that are stored are known by their ids.
   * Throws `WrongExpectedRevision`, `AppendIsTooLarge`.
   */
  async append(appends: readonly RawAppend[]): Promise<void> {
    let wait = betweenAttempts.next();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const client = await this.#appending.greeted(callTimeoutMs);
        await within(callTimeoutMs, Promise.all(appends.map((append) => stored(client, append))));
        return;
      } catch (error) {
        if (error instanceof WrongExpectedRevision || error instanceof AppendIsTooLarge) throw error;
        if (attempt === maxAttempts) throw unavailable(error);
        await pause(wait.duration);
        wait = wait.next(undefined);
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#reading.close(), this.#appending.close()]);
  }
}

/** The client parses what it reads; a stream's own `transform` gets the answer as it came. */
const rawEvents: Pick<TransformOptions, 'transform' | 'highWaterMark'> = {
  highWaterMark: 256,
  transform(answer: ReadResp, _, done) {
    const recorded = answer.getEvent()?.getEvent();
    if (recorded === undefined)
      done(); // there is no stream, or the answer is not about an event
    else done(null, rawEventOf(recorded));
  },
};

function rawEventOf(recorded: ReadResp.ReadEvent.RecordedEvent): RawEvent {
  return {
    id: recorded.getId()?.getString() ?? '',
    stream: Buffer.from(recorded.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString(),
    revision: Number(recorded.getStreamRevision()),
    position: BigInt(recorded.getCommitPosition()),
    type: recorded.getMetadataMap().get('type') ?? '',
    data: recorded.getData_asU8(),
    metadata: recorded.getCustomMetadata_asU8(),
  };
}

async function stored(client: EventStoreDBClient, { stream, expected, event }: RawAppend): Promise<void> {
  const { id, type, metadata } = event;
  const data = JSON.parse(Buffer.from(event.data).toString()) as JSONType;
  const expectedRevision = expected === 'any' ? ANY : expected === 'no-stream' ? NO_STREAM : BigInt(expected);
  try {
    await client.appendToStream(stream, jsonEvent({ id, type, data, metadata: Buffer.from(metadata) }), { expectedRevision });
  } catch (error) {
    if (error instanceof WrongExpectedVersionError) throw new WrongExpectedRevision(stream, expected, actualRevisionOf(error));
    if (error instanceof MaxAppendSizeExceededError) throw new AppendIsTooLarge(stream, maxAppendBytes);
    throw error;
  }
}
