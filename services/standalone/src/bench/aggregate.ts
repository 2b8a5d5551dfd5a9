import { ConnectionStreams, type Heads } from '#custody';
import { newCommandId, openEventStore, type EventStore } from '#event-store';
import type { Scratch } from '../scratch';
import type { Bench, BenchOptions, Measured } from './bench';
import { commandOverHttp, type Taken } from './command-over-http';
import { grownConnection, untilKept } from './grown-connection';
import { median } from './median';
import { startOwnDatabase } from './own-database';
import { startEventStoreProcess } from './servers';

const few = 10;
const defaultEvents = 20_000;
/** Three snapshots are taken meanwhile, and each of the places behind one is met three times. */
const defaultRounds = 300;

export const aggregate: Bench = {
  name: 'aggregate',
  sentence:
    'One command (a rename) on a connection of 20,000 events by a process that does not have it in memory: it reads the newest snapshot and ' +
    'the events after it, decides and appends. Raw: the same on connections of 10 events, which take turns with it. Over HTTP: an edit and its ' +
    'answer, of a standalone that was just started.',
  bar: 'ratio ≤ 2, also over HTTP',
  run,
};

async function run(scratch: Scratch, { events = defaultEvents, rounds = defaultRounds }: BenchOptions): Promise<Measured> {
  const { urlOf } = await startOwnDatabase(scratch);
  const store = openEventStore({ url: await startEventStoreProcess(scratch, urlOf('patchbay_log')) });
  scratch.parts.add({ stop: () => store.close() });
  scratch.say(`One connection is given ${events.toLocaleString('en')} events, ${rounds} are given ${few}.`);
  const long = await grownConnection(store, events);
  const short: string[] = [];
  while (short.length < rounds) short.push(await grownConnection(store, few));

  const msOf = async (id: string, streams = restarted(store)): Promise<number> => {
    scratch.unwanted.throwIfAborted();
    const began = performance.now();
    await rename(streams, id);
    return performance.now() - began;
  };
  const withoutSnapshot = await msOf(long);
  await untilKept(store, long, scratch.unwanted);
  const cold = await inTurns(short, long, (id) => msOf(id));
  const process = restarted(store);
  await msOf(long, process);
  const warm = await inTurns(short, long, async (id) => {
    await process.load(id);
    return msOf(id, process);
  });

  const { cold: overHttp, inMemory: overHttpInMemory } = await commandOverHttp(scratch, { events, few, rounds });

  return {
    figure: median(cold.long),
    unit: 'ms',
    raw: median(cold.short),
    conditions: {
      command: 'rename, decided by ConnectionStreams; embedded event store in its own process',
      commandsEach: rounds,
      events,
      eventsOfRaw: few,
      meanRatio: ratio(mean(cold.long), mean(cold.short)),
      slowestTenthMs: hundredths(slowestTenth(cold.long)),
      slowestTenthOfRawMs: hundredths(slowestTenth(cold.short)),
      inMemoryMs: hundredths(median(warm.long)),
      inMemoryOfRawMs: hundredths(median(warm.short)),
      inMemoryRatio: ratio(median(warm.long), median(warm.short)),
      withoutSnapshotMs: hundredths(withoutSnapshot),
      overHttpMs: hundredths(median(overHttp.long)),
      overHttpOfRawMs: hundredths(median(overHttp.short)),
      overHttpRatio: ratio(median(overHttp.long), median(overHttp.short)),
      overHttpInMemoryMs: hundredths(median(overHttpInMemory.long)),
      overHttpInMemoryOfRawMs: hundredths(median(overHttpInMemory.short)),
      overHttpInMemoryRatio: ratio(median(overHttpInMemory.long), median(overHttpInMemory.short)),
    },
  };
}

async function inTurns(shortIds: readonly string[], longId: string, msOf: (id: string) => Promise<number>): Promise<Taken> {
  const short: number[] = [];
  const long: number[] = [];
  for (const id of shortIds) {
    short.push(await msOf(id));
    long.push(await msOf(longId));
  }
  return { short, long };
}

/** What is served does not change with a name, so the vault is not asked. */
const heads: Heads = { mark: notAsked, settle: notAsked, unmark: notAsked };

function notAsked(): Promise<never> {
  return Promise.reject(new Error('The vault is asked about a rename.'));
}

function restarted(store: EventStore): ConnectionStreams {
  return new ConnectionStreams({ store, heads });
}

async function rename(streams: ConnectionStreams, id: string): Promise<void> {
  const commandId = newCommandId();
  const actor = { kind: 'user', id: 'user-1' } as const;
  const context = { commandId, correlationId: commandId, causationId: commandId, workspaceId: 'workspace-0', actor };
  const { events } = await streams.execute(id, context, () => [{ type: 'Edit', name: `Orders ${commandId}`, origin: null }]);
  if (events.length !== 1) throw new Error('A rename is one event.');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Nine of ten are faster. */
function slowestTenth(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.9)] ?? NaN;
}

function ratio(figure: number, raw: number): number {
  return Number((figure / raw).toFixed(3));
}

function hundredths(ms: number): number {
  return Number(ms.toFixed(2));
}
