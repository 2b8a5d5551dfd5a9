import type { Duplex } from 'node:stream';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { within } from './within';

/** What is used of the inside of client 6.2.1; the specs of this room that cut connections fail when it is another. */
interface ClientInside {
  GRPCStreamCreator: (
    service: unknown,
    name: string,
    open: (client: unknown) => Duplex | Promise<Duplex>,
    cache?: unknown,
  ) => () => Promise<Duplex>;
  readonly capabilities: Promise<unknown>;
  readonly getChannel: () => Promise<{ close(): void }>;
}

const insideOf = (client: EventStoreDBClient): ClientInside => client as unknown as ClientInside;

/**
 * The client that only appends. Its appends share one long-lived BatchAppend call, and what was found in
 * `@eventstore/db-client/dist/streams/appendToStream/batchAppend.js` of 6.2.1 is dealt with here:
 *
 * - The promises of pending appends are kept in one map of the module (`promiseBank`), not of the call. An error of any client's call rejects
 *   the pending appends of *every* client in the process, though their servers may have stored them. So a failure says nothing about the
 *   outcome: `EventStoreDb.append` tries again with the same ids.
 * - The reply to an append that was rejected so finds no promise, and the `data` handler throws "undefined is not iterable": an uncaught
 *   exception. Such a reply is dropped here.
 * - When `write` says that the call's buffer is full, further appends wait in a queue; when the call breaks, that queue rejects into an
 *   `async` promise executor: an unhandled rejection. `write` never says so here. What is buffered stays bounded, as each append gives up after
 *   its own time-out and the keep-alive breaks a stalled connection.
 * - A call that the *server* ends without an error stays in the client's cache, and appends into it are never answered. It is destroyed here.
 * - Which calls the server supports is asked once per channel and without a deadline, and an error that is not "unavailable" is kept for ever.
 *   So the question is asked apart, with a time-out; a client whose question failed is replaced.
 */
export class AppendingClient {
  #client: EventStoreDBClient;

  constructor(private readonly connect: () => EventStoreDBClient) {
    this.#client = this.#connected();
  }

  /** The client, once its server has answered on this connection. When it rejects, nothing of an append was sent. */
  async greeted(ms: number): Promise<EventStoreDBClient> {
    const client = this.#client;
    try {
      await within(ms, insideOf(client).capabilities);
      return client;
    } catch (error) {
      if (client === this.#client) this.connectAnew();
      throw error;
    }
  }

  /** What is under way over the connection there was ends without an outcome. */
  connectAnew(): void {
    void close(this.#client);
    this.#client = this.#connected();
  }

  async close(): Promise<void> {
    await close(this.#client);
  }

  #connected(): EventStoreDBClient {
    const client = this.connect();
    const inside = insideOf(client);
    const create = inside.GRPCStreamCreator;
    inside.GRPCStreamCreator = (service, name, open, cache) => create(service, name, async (grpc) => guarded(await open(grpc)), cache);
    return client;
  }
}

/** Ends a client's calls and its connection; `dispose` alone leaves the connection open. Never rejects. */
export async function close(client: EventStoreDBClient): Promise<void> {
  await within(1_000, client.dispose()).catch(() => undefined);
  await within(1_000, insideOf(client).getChannel()).then(
    (channel) => channel.close(),
    () => undefined,
  );
}

/** Exported for its spec. */
export function guarded(call: Duplex): Duplex {
  const emit = call.emit.bind(call);
  const write = call.write.bind(call);
  call.emit = (name: string | symbol, ...args: unknown[]) => {
    if (name !== 'data') return emit(name, ...args);
    try {
      return emit(name, ...args);
    } catch {
      return true; // a reply to an append that was given up
    }
  };
  call.write = (message: unknown) => {
    write(message);
    return true;
  };
  call.once('end', () => call.destroy(new Error('the server ended the call')));
  return call;
}
