import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import {
  StreamDeletedError,
  StreamNotFoundError,
  type AllStreamResolvedEvent,
  type EventStoreDBClient,
  type ResolvedEvent,
  type StreamingRead,
} from '@eventstore/db-client';
import { ExponentialBackoff, fullJitterGenerator } from 'cockatiel';
import { close } from './appending-client';
import { LogIsUnavailable } from './event-store-errors';
import { within } from './within';

type Read = StreamingRead<ResolvedEvent | AllStreamResolvedEvent>;

const maxAttempts = 4;
const betweenAttempts = new ExponentialBackoff({ generator: fullJitterGenerator, initialDelay: 100 });

/** Errors that come after nobody waits for them any more would be uncaught exceptions. */
const ignored = (): void => undefined;

/** The client that reads and subscribes. It knows no deadline for a read, so each has one here. */
export class ReadingClient {
  #closed = false;

  constructor(
    readonly client: EventStoreDBClient,
    private readonly callTimeoutMs: number,
  ) {}

  /** What a read shows, which is for its opener to say; nothing where there is no stream. Throws `LogIsUnavailable`. */
  async *read<Shown>(open: () => Read): AsyncGenerator<Shown, void, undefined> {
    const read = await this.#begun(open);
    if (!read) return;
    let waiting = true as boolean; // for the log; false while the reader is at work
    const watch = setTimeout(() => {
      if (waiting) read.destroy(new LogIsUnavailable(`the log did not go on within ${this.callTimeoutMs} ms`));
      else watch.refresh();
    }, this.callTimeoutMs);
    try {
      for await (const shown of read as AsyncIterable<unknown> as AsyncIterable<Shown>) {
        waiting = false;
        yield shown;
        waiting = true;
        watch.refresh();
      }
      this.assertOpen(); // the client ends what is read over a connection it closes as if there were no more
    } catch (error) {
      throw unavailable(error);
    } finally {
      clearTimeout(watch);
      void read.cancel().catch(ignored);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await close(this.client);
  }

  assertOpen(): void {
    if (this.#closed) throw new LogIsUnavailable('the event store is closed');
  }

  /** A read that has its first event or its end; undefined where there is no stream. Tried again while nothing came. */
  async #begun(open: () => Read): Promise<Read | undefined> {
    const until = Date.now() + this.callTimeoutMs;
    let wait = betweenAttempts.next();
    for (let attempt = 1; ; attempt += 1) {
      this.assertOpen();
      const read = open().on('error', ignored);
      try {
        await within(until - Date.now(), once(read, 'readable'));
        return read;
      } catch (error) {
        void read.cancel().catch(ignored);
        if (error instanceof StreamNotFoundError || error instanceof StreamDeletedError) return undefined;
        if (attempt === maxAttempts || Date.now() + wait.duration >= until) throw unavailable(error);
        await pause(wait.duration);
        wait = wait.next(undefined);
      }
    }
  }
}

export function unavailable(cause: unknown): LogIsUnavailable {
  if (cause instanceof LogIsUnavailable) return cause;
  return new LogIsUnavailable(`the log cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
