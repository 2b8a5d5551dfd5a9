import { openEventStore } from '#event-store';
import { Database } from '#postgres';
import { checkpointPosition } from '#read-models';
import { createLogger } from '#runtime';
import { Secret } from '#secret';
import { setTimeout as pause } from 'node:timers/promises';
import { startProjections } from '../../../projections/src/projections.module';

/** What a process of its own is to do with the whole log: only to read it, or to fold it into the read models as production does. */
export interface ReplayOrder {
  readonly does: 'read' | 'fold';
  readonly eventStoreUrl: string;
  /** As the role patchbay_projections. */
  readonly databaseUrl: string;
  readonly lastPosition: string;
}

/** What it prints in the end, as JSON. */
export interface Replayed {
  readonly seconds: number;
  /** The most memory the process ever had resident. */
  readonly peakMegabytes: number;
}

const lookEachMs = 25;

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

async function replay(order: ReplayOrder): Promise<void> {
  const began = performance.now();
  await (order.does === 'read' ? read(order) : fold(order));
  const seconds = (performance.now() - began) / 1_000;
  const replayed: Replayed = { seconds, peakMegabytes: (process.resourceUsage().maxRSS * 1_024) / 1_000_000 };
  process.stdout.write(`${JSON.stringify(replayed)}\n`);
}

process.once('message', (order) => void replay(order as ReplayOrder));
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined); // our parent decides
