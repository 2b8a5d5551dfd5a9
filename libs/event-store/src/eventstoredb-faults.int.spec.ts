import { randomUUID } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, listening, testEventStore, type ListeningServer, type TestEventStore } from '#testing';
import type { EventStore, LogMessage, NewEvent, RecordedEvent } from './event-store';
import { LogIsUnavailable, OutcomeUnknown } from './event-store-errors';
import { openEventStore, type OpenEventStoreOptions } from './open-event-store';

/** Jest fails a test for an uncaught exception and an unhandled rejection; that none comes is part of what each test here expects. */
describe('the log behind a network that fails', () => {
  let server: TestEventStore;
  let direct: EventStore;
  let network: Network;
  let stream: string;
  const opened: EventStore[] = [];

  beforeAll(async () => {
    server = await testEventStore();
    direct = openEventStore({ url: server.url });
  }, 60_000);

  afterAll(async () => {
    await direct.close();
    await server.drop();
  });

  beforeEach(async () => {
    network = await Network.to(server.port);
    stream = `faulty-${randomUUID()}`;
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await network.down();
  });

  function open(options: Partial<OpenEventStoreOptions> & { readonly over?: Network; readonly query?: string } = {}): EventStore {
    const { over = network, query = '', ...others } = options;
    const store = openEventStore({ url: `esdb://127.0.0.1:${over.port}?tls=false${query}`, callTimeoutMs: 500, ...others });
    opened.push(store);
    return store;
  }

  describe('appending', () => {
    it('stores once and answers the original revision when the answer was lost', async () => {
      const store = open({ callTimeoutMs: 3_000 });
      await store.append(stream, [event()], 'no-stream');
      network.holdAnswers();
      const appending = store.append(stream, [event(), event()], 0);
      await eventually(async () => expect(await all(direct.readStream(stream))).toHaveLength(3));
      network.cut();
      const stored = await all(direct.readStream(stream));
      expect(await appending).toEqual({ revision: 2, position: stored[2]!.position });
      expect(await all(direct.readStream(stream))).toHaveLength(3);
    });

    it('goes on by itself when the connection breaks between appends', async () => {
      const store = open();
      await store.append(stream, [event()], 'no-stream');
      network.cut();
      expect(await store.append(stream, [event()], 0)).toMatchObject({ revision: 1 });
    });

    it('ends with an unknown outcome, and soon, when no answer ever comes', async () => {
      const store = open();
      await store.append(stream, [event()], 'no-stream');
      network.holdAnswers();
      const began = Date.now();
      expect(await rejection(store.append(stream, [event()], 0))).toBeInstanceOf(OutcomeUnknown);
      expect(Date.now() - began).toBeLessThan(4_000);
      expect(await all(direct.readStream(stream))).toHaveLength(2);
    });

    it('finds out, sent again with the same ids, what became of it', async () => {
      const store = open();
      await store.append(stream, [event()], 'no-stream');
      const unsure = [event()];
      network.holdAnswers();
      expect(await rejection(store.append(stream, unsure, 0))).toBeInstanceOf(OutcomeUnknown);
      network.cut();
      await eventually(async () => expect(await store.append(stream, unsure, 0)).toMatchObject({ revision: 1 }));
      expect(await all(direct.readStream(stream))).toHaveLength(2);
    });

    it('says within 2 s that the log is unavailable when nobody listens', async () => {
      const store = open({ callTimeoutMs: 2_000 });
      await network.down();
      const began = Date.now();
      expect(await rejection(store.append(stream, [event()], 'no-stream'))).toBeInstanceOf(LogIsUnavailable);
      expect(Date.now() - began).toBeLessThan(2_000);
    });

    it('says that the log is unavailable when the server accepts and says nothing, and goes on when it does', async () => {
      const store = open();
      network.holdAnswers();
      expect(await rejection(store.append(stream, [event()], 'no-stream'))).toBeInstanceOf(LogIsUnavailable);
      network.pass();
      await eventually(async () => expect(await store.append(stream, [event()], 'no-stream')).toMatchObject({ revision: 0 }));
    });

    it('lets nobody wait any more for a log that was found to be away, and finds out by itself that it is back', async () => {
      const store = open({ callTimeoutMs: 2_000 });
      await store.append(stream, [event()], 'no-stream');
      network.stallThoseThatAre();
      network.stall();
      expect(await rejection(store.append(stream, [event()], 0))).toBeInstanceOf(OutcomeUnknown);
      const began = Date.now();
      for (const call of [() => store.append(`${stream}-else`, [event()], 'no-stream'), () => all(store.readStream(stream))])
        expect(await rejection(call())).toBeInstanceOf(LogIsUnavailable);
      expect(Date.now() - began).toBeLessThan(200);
      network.pass();
      await eventually(async () => expect(await all(store.readStream(stream))).toHaveLength(2), { within: 5_000 });
    });

    it('goes on over another connection when the one there was stalled, long before a ping would tell', async () => {
      const store = open();
      await store.append(stream, [event()], 'no-stream');
      network.stallThoseThatAre();
      const began = Date.now();
      await eventually(async () => expect(await store.append(stream, [event()], 0)).toMatchObject({ revision: 1 }));
      await all(store.readStream(stream));
      expect(Date.now() - began).toBeLessThan(5_000);
    });

    it('leaves appends over a healthy connection alone when another one in the process breaks', async () => {
      const healthyNetwork = await Network.to(server.port);
      const [store, healthy] = [open(), open({ over: healthyNetwork, callTimeoutMs: 3_000 })];
      const [theirs, mine] = [`${stream}-theirs`, `${stream}-mine`];
      await store.append(theirs, [event()], 'no-stream');
      await healthy.append(mine, [event()], 'no-stream');
      healthyNetwork.holdAnswers();
      const appending = healthy.append(mine, [event()], 0);
      await eventually(async () => expect(await all(direct.readStream(mine))).toHaveLength(2));
      network.holdAnswers();
      const broken = store.append(theirs, [event()], 0);
      await eventually(async () => expect(await all(direct.readStream(theirs))).toHaveLength(2));
      network.cut(); // the client now rejects the append of the other connection too, whose answer comes late
      await broken;
      healthyNetwork.pass();
      expect(await appending).toMatchObject({ revision: 1 });
      expect(await all(direct.readStream(mine))).toHaveLength(2);
      await healthyNetwork.down();
    });

    it('brings every append to its end when a stalled connection breaks under many of them', async () => {
      const store = open({ callTimeoutMs: 3_000 });
      await store.append(stream, [event()], 'no-stream');
      network.stall();
      const received = network.received;
      const appending = Promise.all(
        Array.from({ length: 64 }, (_, index) => store.append(`${stream}-${index}`, [event('x'.repeat(30_000))], 'no-stream')),
      );
      await eventually(() => expect(network.received).toBeGreaterThan(received));
      network.cut();
      expect((await appending).map(({ revision }) => revision)).toEqual(Array.from({ length: 64 }, () => 0));
    });
  });

  describe('reading', () => {
    it('says that the log is unavailable when nobody listens', async () => {
      const store = open();
      await network.down();
      const began = Date.now();
      for (const read of [() => all(store.readStream(stream)), () => all(store.readAll()), () => store.readLastPosition()])
        expect(await rejection(read())).toBeInstanceOf(LogIsUnavailable);
      expect(Date.now() - began).toBeLessThan(2_000);
    });

    it('says so when no answer comes, and when it stops coming', async () => {
      const store = open({ callTimeoutMs: 3_000 });
      const large = Array.from({ length: 40 }, () => event('x'.repeat(20_000)));
      for (let revision = -1; revision < 400; revision += 40)
        await direct.append(
          stream,
          large.map((sent) => ({ ...sent, id: randomUUID() })),
          'any',
        );
      const read: RecordedEvent[] = [];
      const reading = (async () => {
        for await (const stored of store.readStream(stream)) {
          read.push(stored);
          network.stall();
        }
      })();
      expect(await rejection(reading)).toBeInstanceOf(LogIsUnavailable);
      expect(read.length).toBeGreaterThan(0);
      expect(await rejection(all(store.readStream(stream)))).toBeInstanceOf(LogIsUnavailable);
      network.cut();
      await eventually(async () => expect(await all(store.readStream(stream, { maxCount: 3 }))).toHaveLength(3));
    });

    it('never takes a stream for empty because its own connection was closed meanwhile', async () => {
      await direct.append(stream, [event()], 'no-stream');
      const store = open({ callTimeoutMs: 3_000 });
      await store.readLastPosition();
      network.holdAnswers();
      const reading = all(store.readStream(stream));
      reading.catch(() => undefined);
      await pause(50); // the question is on its way: from here on only its answer is missing
      await store.close();
      await expect(reading).rejects.toThrow(LogIsUnavailable);
    });

    it('does not count the time its reader takes', async () => {
      await direct.append(stream, [event(), event(), event()], 'no-stream');
      const read: number[] = [];
      for await (const { revision } of open({ callTimeoutMs: 100 }).readStream(stream)) {
        read.push(revision);
        await pause(250); // the reader's own work
      }
      expect(read).toEqual([0, 1, 2]);
    });

    it('goes on by itself when the connection broke between reads', async () => {
      const store = open();
      await direct.append(stream, [event()], 'no-stream');
      expect(await all(store.readStream(stream))).toHaveLength(1);
      network.cut();
      expect(await all(store.readStream(stream))).toHaveLength(1);
    });
  });

  describe('a subscription', () => {
    const ending: AbortController[] = [];

    afterEach(() => {
      for (const controller of ending.splice(0)) controller.abort();
    });

    /** Follows the stream of the test from here on. */
    async function follow(store: EventStore): Promise<{ readonly revisions: readonly number[]; readonly ended: Promise<void> }> {
      const controller = new AbortController();
      ending.push(controller);
      const messages: LogMessage[] = [];
      const revisions: number[] = [];
      const after = await direct.readLastPosition();
      const read = async () => {
        for await (const message of store.subscribeToAll({ after, signal: controller.signal })) {
          messages.push(message);
          if (message.kind === 'event' && message.event.stream === stream) revisions.push(message.event.revision);
        }
      };
      const ended = read();
      await eventually(() => expect(messages.map(({ kind }) => kind)).toContain('caught-up'));
      return { revisions, ended };
    }

    it('goes on where it was after its connection broke, and says that it broke', async () => {
      const interruptions: unknown[] = [];
      const { revisions } = await follow(open({ onInterruption: (error) => interruptions.push(error) }));
      for (let round = 0; round < 3; round += 1) {
        network.cut();
        await direct.append(stream, [event(), event()], 'any');
        await eventually(() => expect(revisions).toEqual([...Array(2 * (round + 1)).keys()]));
      }
      expect(interruptions.length).toBeGreaterThanOrEqual(3);
    });

    it('goes on within 5 s after the log came back', async () => {
      const { revisions } = await follow(open());
      await direct.append(stream, [event()], 'no-stream');
      await eventually(() => expect(revisions).toEqual([0]));
      await network.down();
      await direct.append(stream, [event()], 0);
      await pause(3_000); // the outage
      await network.up();
      await eventually(() => expect(revisions).toEqual([0, 1]), { within: 5_000 });
    });

    it('notices by an unanswered ping that its connection stalled, and goes on over another', async () => {
      const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined); // the client finds pings each half second too many
      const { revisions } = await follow(open({ query: '&keepAliveInterval=500&keepAliveTimeout=500' }));
      warned.mockRestore();
      network.stallThoseThatAre();
      await direct.append(stream, [event()], 'no-stream');
      await eventually(() => expect(revisions).toEqual([0]));
    });

    it('is tried again when it is not confirmed', async () => {
      const interruptions: unknown[] = [];
      const store = open({ onInterruption: (error) => interruptions.push(error) });
      network.stallThoseThatAre();
      network.stall();
      const following = follow(store);
      await eventually(() => expect(interruptions.length).toBeGreaterThan(1));
      expect(interruptions[0]).toBeInstanceOf(LogIsUnavailable);
      network.cut();
      await following;
    });

    it('ends when the store is closed, while it is interrupted too', async () => {
      const store = open();
      const { ended } = await follow(store);
      await network.down();
      await store.close();
      await ended;
    });
  });

  it('serves again after the server itself was stopped and started', async () => {
    const store = open();
    await store.append(stream, [event()], 'no-stream');
    await server.stop();
    expect(await rejection(store.append(stream, [event()], 0))).toBeInstanceOf(LogIsUnavailable);
    await server.start();
    await eventually(async () => expect(await store.append(stream, [event()], 0)).toMatchObject({ revision: 1 }));
    expect(await all(store.readStream(stream))).toHaveLength(2);
  }, 60_000);
});

/** Carries bytes between a client and the server until it is told to fail. */
class Network {
  readonly #links = new Set<Link>();
  #listener: ListeningServer | undefined;
  #withhold: { readonly requests: boolean; readonly answers: boolean } = { requests: false, answers: false };

  private constructor(
    private readonly target: number,
    public port: number,
  ) {}

  static async to(target: number): Promise<Network> {
    const network = new Network(target, 0);
    await network.up();
    return network;
  }

  /** Bytes that came from clients, over the connections there are. */
  get received(): number {
    return [...this.#links].reduce((sum, { client }) => sum + client.bytesRead, 0);
  }

  async up(): Promise<void> {
    const server = createServer((client) => this.#link(client));
    this.#listener = await listening(server, this.port);
    this.port = this.#listener.port;
    this.pass();
  }

  /** Nobody listens any more, and what was connected is cut. */
  async down(): Promise<void> {
    await this.#listener?.stop();
    this.#listener = undefined;
    for (const link of this.#links) link.cut();
  }

  pass(): void {
    this.#set({ requests: false, answers: false });
  }

  /** The server hears the client; the client hears nothing. */
  holdAnswers(): void {
    this.#set({ requests: false, answers: true });
  }

  /** Nobody hears anybody; connections stand. */
  stall(): void {
    this.#set({ requests: true, answers: true });
  }

  /** As `stall`, for the connections there are; new ones work. */
  stallThoseThatAre(): void {
    for (const link of this.#links) link.withhold({ requests: true, answers: true });
  }

  /** Cuts the connections there are; new ones work. */
  cut(): void {
    for (const link of this.#links) link.cut();
    this.pass();
  }

  #set(withhold: { readonly requests: boolean; readonly answers: boolean }): void {
    this.#withhold = withhold;
    for (const link of this.#links) link.withhold(withhold);
  }

  #link(client: Socket): void {
    const link = new Link(client, connect(this.target, '127.0.0.1'));
    link.withhold(this.#withhold);
    this.#links.add(link);
    client.on('close', () => this.#links.delete(link));
  }
}

class Link {
  constructor(
    readonly client: Socket,
    readonly server: Socket,
  ) {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (bytes) => to.write(bytes));
      from.on('close', () => to.destroy());
      from.on('error', () => undefined);
    }
  }

  withhold({ requests, answers }: { readonly requests: boolean; readonly answers: boolean }): void {
    if (requests) this.client.pause();
    else this.client.resume();
    if (answers) this.server.pause();
    else this.server.resume();
  }

  cut(): void {
    this.client.resetAndDestroy();
    this.server.destroy();
  }
}

function event(text = ''): NewEvent {
  return { id: randomUUID(), type: 'Sent.v1', data: { text }, metadata: {} };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'was not rejected',
    (error: unknown) => error,
  );
}
