import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { openEventStore, type EventStore, type NewEvent } from '#event-store';
import { startOwnDatabase } from '../bench/own-database';
import { startEventStoreProcess } from '../bench/servers';
import { operatorCommand } from '../operator-command';
import type { Scratch } from '../scratch';
import { wrongRows } from './check-rows';
import type { Drill, Drilled } from './drill';
import { Evidence } from './evidence';
import { goldenSamples, type GoldenSample } from './golden-samples';
import { LogView } from './log-view';
import { projectionsProcess } from './separate-processes';
import type { ServiceProcess } from './service-process';

const parkedWithinMs = 15_000;
const lookEachMs = 50;

/** Of a release that is not there yet: a type, and a version of a type that is. */
const unknownTypes = ['ConnectionPainted.v1', 'ConnectionRenamed.v99'];
/** The one that is not known, and one that is and waits behind it. */
const heldEach = 2;

/** Fills a log with what releases of every age wrote, those to come included, and lets this one read it. */
async function run(scratch: Scratch): Promise<Drilled> {
  const { parts, unwanted, say } = scratch;
  const database = await startOwnDatabase(scratch);
  const eventStoreUrl = await startEventStoreProcess(scratch, database.urlOf('patchbay_log'));
  const store = openEventStore({ url: eventStoreUrl, name: 'patchbay-drill' });
  parts.add({ stop: () => store.close() });
  const samples = await goldenSamples();
  const laterOptional = samples.filter(({ stream }) => stream.startsWith('connection-')).map(fromLaterRelease);
  await append(store, samples);
  await append(store, laterOptional);

  const projections = parts.add(await projectionsProcess(database, eventStoreUrl));
  projections.start();
  await projections.untilReady(unwanted);
  const evidence = await Evidence.open(scratch, { folder: scratch.folder, eventStoreUrl });
  const log = await evidence.upToDate(unwanted);
  const rows = await evidence.rows();
  const parkedOfKnown = await evidence.parked();
  say('Every version that was ever written has been read. Now come types that this release does not know.');

  const held = await appendUnknown(store, samples);
  const parked = await untilParked(projections, held.length * heldEach, unwanted);
  const stale = (await evidence.rows()).workspace_connections.filter((row) => row['stale']).map(({ id }) => `connection-${String(id)}`);
  const refusal = await operatorCommand('rebuild', ['workspace-connections'], { DATABASE_URL: database.ownerUrl.reveal() }).then(
    () => null,
    (error: unknown) => (error as Error).message.split('\n').at(-1) ?? '',
  );

  return {
    figures: {
      'versions ever written': samples.length,
      'events with members of a later release': laterOptional.length,
      'rows that equal the fold of the log': Object.values(rows).reduce((sum, { length }) => sum + length, 0),
      'types that are not known': unknownTypes.length,
      'events parked, those behind them included': parked,
      'rows shown as stale': stale.length,
      'a rebuild says': refusal,
    },
    findings: [
      ...wrongRows(asThisReleaseReads(log), rows),
      ...(parkedOfKnown > 0 ? [`The projections parked ${parkedOfKnown} events that this release knows.`] : []),
      ...(parked === held.length * heldEach ? [] : [`Of ${held.length * heldEach} events that should be parked, ${parked} are.`]),
      ...held.filter((stream) => !stale.includes(stream)).map((stream) => `The row of ${stream} is not shown as stale.`),
      ...(refusal?.includes(unknownTypes[0] ?? '') === true ? [] : [`A rebuild should stop at the type that is not known: ${refusal}`]),
      ...projections.complaints,
    ],
  };
}

/** Each in its stream, in the order they have. */
async function append(store: EventStore, events: readonly GoldenSample[]): Promise<void> {
  for (const { stream, id, type, data, metadata } of events) await store.append(stream, [{ id, type, data, metadata }], 'any');
}

/** The same story of another connection, told by a release that has more to tell. */
function fromLaterRelease({ stream, data, metadata, ...sample }: GoldenSample): GoldenSample {
  return {
    ...sample,
    id: randomUUID(),
    stream: `${stream.slice(0, -2)}ff`,
    data: { ...(data as object), addedLater: { because: ['a later release says why'] } },
    metadata: { ...(metadata as object), addedLater: true },
  };
}

/** Without what a later release added. */
function asThisReleaseReads({ events }: LogView): LogView {
  return new LogView(
    events.map(({ data, ...event }) => {
      const { addedLater: _, ...known } = data as Readonly<Record<string, unknown>>;
      return { ...event, data: known };
    }),
  );
}

/** A connection for each type that is not known: created, then what nobody knows, then what everybody does. Answers their streams. */
async function appendUnknown(store: EventStore, samples: readonly GoldenSample[]): Promise<readonly string[]> {
  const like = (type: string): NewEvent => {
    const sample = samples.find((known) => known.type.startsWith(`${type}.`));
    if (sample === undefined) throw new Error(`There is no golden sample of ${type}.`);
    return { id: randomUUID(), type: sample.type, data: sample.data, metadata: sample.metadata };
  };
  const streams: string[] = [];
  for (const type of unknownTypes) {
    const stream = `connection-${randomUUID()}`;
    for (const event of [like('ConnectionCreated'), { ...like('ConnectionRenamed'), type }, like('LabelsChanged')])
      await store.append(stream, [event], 'any');
    streams.push(stream);
  }
  return streams;
}

/** Answers how many are, when it is so many or time is over. */
async function untilParked(projections: ServiceProcess, count: number, unwanted: AbortSignal): Promise<number> {
  const deadline = performance.now() + parkedWithinMs;
  for (;;) {
    const parked = (await projections.metric('patchbay_parked_events')) ?? 0;
    if (parked === count || performance.now() > deadline) return parked;
    await pause(lookEachMs, undefined, { signal: unwanted });
  }
}

export const schemaEvolution: Drill = {
  name: 'schema-evolution',
  sentence:
    'Appends the golden sample of every version that was ever written, the same story with members that a later release added, and types of a release to come. The first two are read and every row is what the log folds to; a type that is not known is parked, its row is shown as stale, and a rebuild stops at it and says which event it is.',
  counts: {},
  run,
};
