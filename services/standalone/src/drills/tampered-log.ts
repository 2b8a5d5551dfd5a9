import { openEventStore, openRawLog, type EventStore, type RawLog } from '#event-store';
import { LogVerification, type StoredBytes } from '#events';
import { ConnectionLife } from '../bench/connection-lives';
import { startOwnDatabase } from '../bench/own-database';
import { startEventStoreProcess } from '../bench/servers';
import { randomFrom } from '../random-from';
import type { Scratch } from '../scratch';
import type { Drill, Drilled } from './drill';
import { cutTail, tamperings, type Draw } from './tampering';

const events = 24;
const others = 3;
const cutTails = 100;

/** Writes connections' lives through the genuine client, exports one, and tampers with the export. */
async function run(scratch: Scratch, { mutations, seed }: Readonly<Record<'mutations' | 'seed', number>>): Promise<Drilled> {
  const { urlOf } = await startOwnDatabase(scratch);
  const url = await startEventStoreProcess(scratch, urlOf('patchbay_log'));
  const store = openEventStore({ url, name: 'patchbay-drill' });
  scratch.parts.add({ stop: () => store.close() });
  const log = openRawLog({ url, name: 'patchbay-drill' });
  scratch.parts.add({ stop: () => log.close() });

  const exported: (readonly StoredBytes[])[] = [];
  for (let nth = 0; nth <= others; nth += 1) exported.push(await exportedLife(nth, store, log));
  return tamper(exported, mutations, seed);
}

async function exportedLife(nth: number, store: EventStore, log: RawLog): Promise<readonly StoredBytes[]> {
  const life = new ConnectionLife(nth);
  const { stream, event: first } = life.next();
  const rest = Array.from({ length: events - 1 }, () => life.next().event);
  await store.append(stream, [first, ...rest], 'no-stream');
  const stored: StoredBytes[] = [];
  for await (const event of log.readStream(stream)) stored.push(event);
  return stored;
}

/** Exported for its spec. */
export function tamper([stream = [], ...rest]: readonly (readonly StoredBytes[])[], mutations: number, seed: number): Drilled {
  const random = randomFrom(seed);
  const draw: Draw = (below) => Math.floor(random() * below);
  const findings = isFound(stream) ? ['The export is not as it was written before anybody tampered with it.'] : [];
  const figures: Record<string, string> = {};
  const kinds = Object.entries(tamperings);
  for (const [index, [name, tampering]] of kinds.entries()) {
    const tries = Math.floor(mutations / kinds.length) + (index < mutations % kinds.length ? 1 : 0);
    const missed = Array.from({ length: tries }, () => tampering(stream, draw, rest.flat())).filter((tampered) => !isFound(tampered));
    figures[name] = `${tries - missed.length} of ${tries} found`;
    findings.push(...missed.map((tampered) => `Not found: ${name}, in ${differenceBetween(stream, tampered)}.`));
  }
  const cut = Array.from({ length: cutTails }, () => cutTail(stream, draw, [])).filter(isFound).length;
  const beside = { 'the end cut off, beside these': `${cut} of ${cutTails} found, until checkpoints are signed` };
  return { figures: { mutations, events: stream.length, ...figures, ...beside }, findings };
}

function isFound(stream: readonly StoredBytes[]): boolean {
  const verification = new LogVerification();
  return stream.some((event) => verification.take(event).length > 0) || verification.end().breakCount > 0;
}

function differenceBetween(stream: readonly StoredBytes[], tampered: readonly StoredBytes[]): string {
  const at = tampered.findIndex((event, index) => event !== stream[index]);
  const event = tampered[at];
  return event === undefined ? `${tampered.length} of ${stream.length} events` : `event ${at}: ${Buffer.from(event.data).toString()}`;
}

export const tamperedLog: Drill<'mutations' | 'seed'> = {
  name: 'tampered-log',
  sentence:
    "Writes connections' lives, exports a stream of them as verify-log reads it, and tampers with the export: bytes flipped or put in anywhere, events dropped, moved, put in, cut out. Every mutation is found by the chain; what is cut off the end is not, and is counted apart.",
  counts: {
    mutations: { unlessTold: 10_000, sentence: 'how many mutations, of ten kinds' },
    seed: { unlessTold: 42, sentence: 'which ones: the same for the same number' },
  },
  run,
};
