import { openEventStore } from '#event-store';
import { Database } from '#postgres';
import { askForRebuild, checkpointPosition, findRebuild } from '#read-models';
import { createLogger } from '#runtime';
import { Secret } from '#secret';
import { setTimeout as pause } from 'node:timers/promises';
import { startProjections } from '../../../projections/src/projections.module';

/**
 * What a process of its own is to do with the whole log: only to read it, to fold it into all read models as production does, or to rebuild one of
 * them, once all are there.
 */
export interface ReplayOrder {
  readonly does: 'read' | 'fold' | 'rebuild';
  readonly eventStoreUrl: string;
  /** As the role patchbay_projections. */
  readonly databaseUrl: string;
  /** As whoever may ask for a rebuild. */
  readonly operatorsUrl: string;
  readonly lastPosition: string;
}

/** What it prints in the end, as JSON. */
export interface Replayed {
  readonly seconds: number;
  /** The most memory the process ever had resident. */
  readonly peakMegabytes: number;
}

const lookEachMs = 25;
const rebuiltProjection = 'workspace-connections';

async function read({ eventStoreUrl, lastPosition }: ReplayOrder): Promise<void> {
  const store = openEventStore({ url: eventStoreUrl, name: 'patchbay-bench' });
  const ended = new AbortController();
  for await (const message of store.subscribeToAll({ signal: ended.signal })) {
    if (message.kind === 'event' && message.event.position >= BigInt(lastPosition)) break;
  }
  ended.abort();
}

async function fold({ eventStoreUrl, databaseUrl, lastPosition }: ReplayOrder): Promise<void> {
  const url = Secret.of(databaseUrl);
  const logger = createLogger({ process: 'projections', level: 'warn' });
  await startProjections({ databaseUrl: url, eventStoreUrl }, { logger });
  const database = await Database.open({ url, applicationName: 'patchbay-bench', poolSize: 1 });
  while ((await checkpointPosition(database)) < BigInt(lastPosition)) await pause(lookEachMs);
}

/** Answers how long it took whoever rebuilt, in seconds. */
async function rebuild(order: ReplayOrder): Promise<number> {
  await fold(order);
  const database = await Database.open({ url: Secret.of(order.operatorsUrl), applicationName: 'patchbay-bench', poolSize: 1 });
  const { id } = await askForRebuild(database, { projection: rebuiltProjection, kind: 'rebuild', askedBy: 'bench' });
  for (;;) {
    const { startedAt, endedAt, state } = await findRebuild(database, rebuiltProjection, id);
    if (startedAt && endedAt && state === 'done') return (endedAt.getTime() - startedAt.getTime()) / 1_000;
    if (endedAt) throw new Error(`The rebuild ended as ${state}.`);
    await pause(lookEachMs);
  }
}

async function timed(work: Promise<void>): Promise<number> {
  const began = performance.now();
  await work;
  return (performance.now() - began) / 1_000;
}

async function replay(order: ReplayOrder): Promise<void> {
  const seconds = order.does === 'rebuild' ? await rebuild(order) : await timed(order.does === 'read' ? read(order) : fold(order));
  const replayed: Replayed = { seconds, peakMegabytes: (process.resourceUsage().maxRSS * 1_024) / 1_000_000 };
  process.stdout.write(`${JSON.stringify(replayed)}\n`);
}

process.once('message', (order) => void replay(order as ReplayOrder));
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined); // our parent decides
