import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient, excludeSystemEvents, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import { v7 } from 'uuid';
import { startOwnDatabase } from '../bench/own-database';
import { startEventStore } from '../bench/servers';
import type { Scratch } from '../scratch';
import type { Drill, Drilled } from './drill';
import { residentMemory } from './resident-memory';

const inFlight = 64;
const eventsPerStream = 10;
const bytesPerEvent = 700;
const lookEachMs = 200;
const tellEach = 50;
const followedWithinMs = 120_000;

/** Node takes what a machine has before it collects old objects; the store needs little, and is told to make do. */
const execArgv = ['--max-semi-space-size=4', '--max-old-space-size=128'];

const mostMegabytes = 200;
/** How much more the last quarter of the time may take than the first, in which the process is still warming up. */
const mostGrowth = 1.5;

/** Fills a log through the genuine client while another follows it, and watches the memory of the process between them. */
async function run(scratch: Scratch, { events }: { readonly events: number }): Promise<Drilled> {
  const { parts, unwanted, say } = scratch;
  const { urlOf } = await startOwnDatabase(scratch);
  const { address, pid } = await startEventStore(scratch, urlOf('patchbay_log'), { execArgv });
  const connect = (): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(address);
    parts.add({ stop: () => (void client.dispose(), Promise.resolve()) });
    return client;
  };

  const follower = new Follower(connect());
  const samples: number[] = [];
  const began = performance.now();
  let appended = 0;
  const done = new AbortController();
  const working = append(connect(), events, unwanted, () => (appended += 1))
    .then(() => follower.seen(events, unwanted))
    .finally(() => done.abort());
  const watching = watch(pid, done.signal, samples, (megabytes) =>
    say(`${told(appended)} events are appended, ${told(follower.count)} followed; the store holds ${whole(megabytes)} MB.`),
  );
  await Promise.all([working, watching]);
  const seconds = (performance.now() - began) / 1_000;

  const peak = Math.max(...samples);
  const quarter = Math.ceil(samples.length / 4);
  const [first, last] = [mean(samples.slice(0, quarter)), mean(samples.slice(-quarter))];
  return {
    figures: {
      events,
      followed: follower.count,
      'events per second': Math.round(events / seconds),
      seconds: Math.round(seconds),
      'peak MB': whole(peak),
      'mean MB of the first quarter': whole(first),
      'mean MB of the last quarter': whole(last),
      'looked at the memory': samples.length,
      "Node's options": execArgv.join(' '),
    },
    findings: [
      ...follower.findings(events),
      ...(peak < mostMegabytes ? [] : [`The store took ${whole(peak)} MB: it is to stay below ${mostMegabytes}.`]),
      ...(last <= mostGrowth * first ? [] : [`The store's memory grew from ${whole(first)} to ${whole(last)} MB: it is to stay flat.`]),
    ],
  };
}

async function watch(pid: number, done: AbortSignal, samples: number[], tell: (megabytes: number) => void): Promise<void> {
  for (let nth = 1; !done.aborted; nth += 1) {
    const megabytes = await residentMemory(pid);
    samples.push(megabytes);
    if (nth % tellEach === 0) tell(megabytes);
    await pause(lookEachMs, undefined, { signal: done }).catch(() => undefined);
  }
}

async function append(client: EventStoreDBClient, events: number, unwanted: AbortSignal, onAppended: () => void): Promise<void> {
  const streams = Array.from({ length: Math.ceil(events / eventsPerStream) }).keys();
  const filling = 'x'.repeat(bytesPerEvent);
  const work = async (): Promise<void> => {
    for (const nth of streams) {
      const stream = `connection-${v7()}`;
      for (let revision = 0; revision < Math.min(eventsPerStream, events - nth * eventsPerStream); revision += 1) {
        unwanted.throwIfAborted();
        const event = jsonEvent({ type: 'ConnectionVerified.v1', data: { nth, revision, filling } });
        await client.appendToStream(stream, event, { expectedRevision: revision === 0 ? NO_STREAM : BigInt(revision - 1) });
        onAppended();
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
}

/** Counts what a subscription hears, and whether it hears it in order. */
class Follower {
  #count = 0;
  #last = 0n;
  #disordered = 0;
  #failure: Error | null = null;

  constructor(client: EventStoreDBClient) {
    const subscription = client.subscribeToAll({ fromPosition: START, filter: excludeSystemEvents() });
    subscription.on('error', (error: Error) => (this.#failure = error));
    subscription.on('data', ({ event }) => {
      if (event === undefined) return;
      this.#count += 1;
      if (event.position.commit <= this.#last) this.#disordered += 1;
      this.#last = event.position.commit;
    });
  }

  get count(): number {
    return this.#count;
  }

  /** Resolves when it has heard of so many, or has had its time. */
  async seen(events: number, unwanted: AbortSignal): Promise<void> {
    const deadline = performance.now() + followedWithinMs;
    while (this.#count < events && this.#failure === null && performance.now() < deadline)
      await pause(lookEachMs, undefined, { signal: unwanted });
  }

  findings(events: number): readonly string[] {
    return [
      ...(this.#failure === null ? [] : [`The subscription ended: ${this.#failure.message}`]),
      ...(this.#count === events ? [] : [`The follower heard of ${this.#count} events, and ${events} were appended.`]),
      ...(this.#disordered === 0 ? [] : [`${this.#disordered} events came out of order.`]),
    ];
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

function told(count: number): string {
  return count.toLocaleString('en');
}

function whole(megabytes: number): number {
  return Math.round(megabytes);
}

export const storeMemory: Drill<'events'> = {
  name: 'store-memory',
  sentence:
    'Appends a million events through the genuine client, 64 in flight, while another client follows the log, and watches the memory of the embedded event store in its own process: with a small young generation and 128 MB for old objects it stays below 200 MB, and in the last quarter of the time is about what it was in the first.',
  counts: { events: { unlessTold: 1_000_000, sentence: 'how many events are appended' } },
  run,
};
