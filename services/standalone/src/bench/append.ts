import {
  EventStoreDBClient,
  jsonEvent,
  NO_STREAM,
  type AppendExpectedRevision,
  type JSONEventData,
  type JSONType,
} from '@eventstore/db-client';
import type { Scratch } from '../scratch';
import type { Bench, BenchOptions, Measured } from './bench';
import { ConnectionLife } from './connection-lives';
import { perSecond } from './in-flight';
import { median } from './median';
import { startOwnDatabase } from './own-database';
import { RawInserts } from './raw-inserts';
import { startEchoProcess, startEventStoreProcess } from './servers';

const inFlight = 64;
const eventsPerStream = 10;
const defaultEvents = 20_000;
const defaultRounds = 7;

export const append: Bench = {
  name: 'append',
  sentence:
    'Single-event appends, 64 in flight, through the genuine client against the embedded event store in its own process. Raw: what is left ' +
    'when the client against a server that stores nothing (echo) and the same rows written straight into the same PostgreSQL in the ' +
    "store's groups (insert) take turns: 1 / (1/echo + 1/insert).",
  bar: 'ratio ≥ 0.6',
  run,
};

interface Round {
  readonly echo: number;
  readonly store: number;
  readonly insert: number;
  readonly groupSize: number;
}

/** One append, as the client takes it. */
interface Task {
  readonly stream: string;
  readonly event: JSONEventData;
  readonly expectedRevision: AppendExpectedRevision;
}

async function run(scratch: Scratch, { events = defaultEvents, rounds = defaultRounds }: BenchOptions): Promise<Measured> {
  const { ownerUrl, urlOf } = await startOwnDatabase(scratch);
  const inserts = await RawInserts.open(scratch, ownerUrl);
  const echo = connect(scratch, await startEchoProcess(scratch));
  const store = connect(scratch, await startEventStoreProcess(scratch, urlOf('patchbay_log')));

  const round = async (nth: number): Promise<Round> => {
    const lanes = lanesOf(events);
    const before = await inserts.lastPosition();
    const echoed = await appendsPerSecond(lanes, echo, scratch.unwanted);
    const appended = await appendsPerSecond(lanes, store, scratch.unwanted);
    const groups = await inserts.groupsAfter(before);
    const inserted = await inserts.perSecond(groups, scratch.unwanted);
    scratch.say(`Round ${nth}: ${whole(appended)} appends/s; echo ${whole(echoed)}, insert ${whole(inserted)}.`);
    return { echo: echoed, store: appended, insert: inserted, groupSize: events / groups.length };
  };
  scratch.say('A round to warm up is not counted.');
  await round(0);
  const counted: Round[] = [];
  while (counted.length < rounds) counted.push(await round(counted.length + 1));

  const rates = (of: keyof Round): number => median(counted.map((one) => one[of]));
  return {
    figure: rates('store'),
    unit: 'appends/s',
    raw: median(counted.map(({ echo: e, insert }) => 1 / (1 / e + 1 / insert))),
    conditions: {
      client: '@eventstore/db-client appendToStream, one client',
      inFlight,
      rounds,
      eventsPerRound: events,
      eventsPerStream,
      bytesPerEvent: bytesOf(lanesOf(eventsPerStream).flat()),
      echoPerSecond: Math.round(rates('echo')),
      insertPerSecond: Math.round(rates('insert')),
      eventsPerCommit: Number(rates('groupSize').toFixed(1)),
    },
  };
}

function connect({ parts }: Scratch, url: string): EventStoreDBClient {
  const client = EventStoreDBClient.connectionString(url);
  // It waits for calls to end that the server, stopped right afterwards, ends.
  parts.add({ stop: () => (void client.dispose(), Promise.resolve()) });
  return client;
}

/** Streams that nobody has written to, each a lane: an append expects the one before it in its stream. */
function lanesOf(events: number): readonly (readonly Task[])[] {
  return Array.from({ length: Math.ceil(events / eventsPerStream) }, (_, nth) => {
    const life = new ConnectionLife(nth);
    return Array.from({ length: eventsPerStream }, (): Task => {
      const { stream, revision, event } = life.next();
      const { id, type, data, metadata } = event;
      return {
        stream,
        event: jsonEvent({ id, type, data: data as JSONType, metadata: metadata as JSONType }),
        expectedRevision: revision === 0 ? NO_STREAM : BigInt(revision - 1),
      };
    });
  });
}

function appendsPerSecond(lanes: readonly (readonly Task[])[], client: EventStoreDBClient, unwanted: AbortSignal): Promise<number> {
  return perSecond(
    lanes,
    inFlight,
    ({ stream, event, expectedRevision }) => client.appendToStream(stream, event, { expectedRevision }),
    unwanted,
  );
}

function bytesOf(tasks: readonly Task[]): number {
  const bytes = tasks.map(
    ({ event: { data, metadata } }) => Buffer.byteLength(JSON.stringify(data)) + Buffer.byteLength(JSON.stringify(metadata)),
  );
  return Math.round(bytes.reduce((sum, one) => sum + one, 0) / bytes.length);
}

function whole(rate: number): string {
  return Math.round(rate).toLocaleString('en');
}
