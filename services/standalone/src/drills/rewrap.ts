import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEventStore } from '#event-store';
import { Database, type RoleName } from '#postgres';
import { Secret } from '#secret';
import { KeyHappenings, KeyRotations, openKeyRing, Vault, type KeyRotation } from '#vault';
import { v7 } from 'uuid';
import { perSecond } from '../bench/in-flight';
import type { OwnDatabase } from '../bench/own-database';
import { operatorCommand } from '../operator-command';
import { randomFrom } from '../random-from';
import type { Scratch } from '../scratch';
import { startProcess, type StartedProcess } from '../started-process';
import type { Drill, Drilled, DrillMode } from './drill';
import { secretOf, type Reading, type ReadingOrder } from './reading';
import { SeparateProcesses } from './separate-processes';

const workspaces = ['acme', 'globex', 'hooli', 'initech'];
const everyKey = { level: 'workspace', workspaceId: null } as const;
const readers = 2;
const sealsInFlight = 32;
/** Later the rotation may be over before anybody is killed. */
const lastKillAt = 0.7;
const lookEachMs = 5;
const quietMs = 5_000;
const briefQuietMs = 500;
const toldWithinMs = 30_000;
const longestRunMs = 900_000;

/** Gives every workspace a new key under steady reads, kills who does it at random pages, and looks at what hangs where. */
async function run(
  scratch: Scratch,
  { secrets, reads, kills }: { readonly secrets: number; readonly reads: number; readonly kills: number },
  { brief }: DrillMode,
): Promise<Drilled> {
  const { folder, unwanted, say, parts } = scratch;
  const keyRing = join(folder, 'key-ring.json');
  let sealedPerSecond = NaN;
  const patchbay = await SeparateProcesses.start(scratch, {
    servicePorts: [],
    beforehand: async (own) => void (sealedPerSecond = await sealAll(own, keyRing, secrets, unwanted)),
  });
  say(`${secrets} secrets are sealed.`);
  const { database: own, connection } = patchbay;
  const jobs = await openAs('patchbay_jobs', own);
  parts.add({ stop: () => jobs.close() });
  const rotations = new KeyRotations(jobs);
  const former = await rotations.keysInUse(everyKey);

  const reading = (rate: number | null): StartedProcess => {
    const order: ReadingOrder = { url: own.urlOf('patchbay_connection').reveal(), keyRing, perSecond: rate };
    return parts.add(startProcess(join(__dirname, 'vault-reader.js'), { order }));
  };
  const steady = Array.from({ length: readers }, () => reading(reads / readers));
  await Promise.all(steady.map((reader) => reader.printed((line) => (line === 'reading' ? true : undefined))));
  await pause(brief ? briefQuietMs : quietMs, undefined, { signal: unwanted });

  await connection.kill(); // whoever starts anew looks at once for what is to be done
  const proof = operatorCommand('rotate-keys', [], { DATABASE_URL: own.ownerUrl.reveal() });
  proof.catch(() => undefined); // it is awaited below, and may fail before
  while ((await rotations.next()) === null) await pause(lookEachMs, undefined, { signal: unwanted });
  const began = Date.now();
  const killed = await killedWhile(rotations, { connection, kills, unwanted, say });
  say(await proof);
  const ended = Date.now();

  const found = await Promise.all(steady.map((reader) => readBy(reader, () => reader.stop())));
  const cold = await readBy(reading(null), () => Promise.resolve());
  const [leftOver] = await jobs.query<{ rows: number }>('select count(*)::int as rows from vault.secrets where kek_id = any($1::uuid[])', [
    former,
  ]);
  const present = await rotations.keysInUse(everyKey);
  const kept = former.filter((key) => present.includes(key));
  const told = brief ? null : await retiredInLog(patchbay.eventStoreUrl, jobs, unwanted);
  const all = found.flatMap((one) => one.reads);
  const [quiet, during] = [all.filter(([at]) => at < began), all.filter(([at]) => at >= began && at <= ended)];
  const failed = found.reduce((sum, one) => sum + one.failed, 0);

  return {
    figures: {
      secrets,
      'sealed a second': Math.round(sealedPerSecond),
      'killed (kill -9), at pages': killed.at.length === 0 ? 'never' : killed.at.map((part) => `${(100 * part).toFixed(1)} %`).join(', '),
      'seconds from asking to the proof, with the kills': Number(((ended - began) / 1_000).toFixed(1)),
      'rows moved a second, while somebody was at it': Math.round(killed.rowsPerSecond),
      'reads, before and meanwhile': all.length,
      'reads a second': Math.round((1_000 * during.length) / (ended - began)),
      'reads that failed': failed,
      'reads before, 99th percentile ms': percentile(quiet, 0.99),
      'reads meanwhile, median ms': percentile(during, 0.5),
      'reads meanwhile, 99th percentile ms': percentile(during, 0.99),
      'reads meanwhile, longest ms': percentile(during, 1),
      'rows left on former keys': leftOver?.rows ?? null,
      'former keys that are gone': `${former.length - kept.length} of ${former.length}`,
      'read afterwards by a cold process': cold.reads.length,
      'of those, failed': cold.failed,
      'former keys that the log says are gone': told && new Set(told).size,
    },
    findings: [
      ...found.flatMap((one) => one.failures),
      ...cold.failures,
      ...(failed + cold.failed === 0 ? [] : [`${failed + cold.failed} reads failed.`]),
      ...(cold.reads.length === secrets ? [] : [`${secrets} secrets were sealed, and ${cold.reads.length} are there.`]),
      ...(leftOver?.rows === 0 ? [] : [`${leftOver?.rows} secrets hang on former keys.`]),
      ...kept.map((key) => `The former key ${key} is still there.`),
      ...(former.length === workspaces.length ? [] : [`${workspaces.length} workspaces had ${former.length} keys.`]),
      ...(killed.at.length === kills ? [] : [`It was killed ${killed.at.length} times, as it was through before: seal more secrets.`]),
      ...(killed.done === secrets ? [] : [`It counted ${killed.done} rows as moved, and there are ${secrets}.`]),
      ...(during.length >= (0.95 * reads * (ended - began)) / 1_000 ? [] : ['The readers did not keep to their rate.']),
      ...(told === null || told.toSorted().join() === [...former].sort().join()
        ? []
        : [`The log does not say of each former key, once, that it is gone: ${told.join(', ')}`]),
      ...patchbay.complaints,
    ],
  };
}

function openAs(role: RoleName, { urlOf }: OwnDatabase): Promise<Database> {
  return Database.open({ url: urlOf(role), applicationName: 'patchbay-drill', poolSize: 10, statementTimeoutMs: 120_000 });
}

/** Answers how many in a second. */
async function sealAll(own: OwnDatabase, keyRing: string, secrets: number, unwanted: AbortSignal): Promise<number> {
  const database = await openAs('patchbay_connection', own);
  const vault = new Vault(database, await openKeyRing(keyRing));
  const seal = (nth: number): Promise<void> => {
    const workspaceId = workspaces[nth % workspaces.length] ?? '';
    const address = { workspaceId, connectionId: v7(), kind: 'credential', secretId: v7(), boundTo: 'https://api.example.com' } as const;
    return vault.seal(address, Secret.of(secretOf(address.secretId)), { purpose: null });
  };
  const lanes = Array.from({ length: secrets }, (_, nth) => [nth]);
  return perSecond(lanes, sealsInFlight, seal, unwanted).finally(() => database.close());
}

interface Killed {
  /** How much was done each time, from 0 to 1. */
  readonly at: readonly number[];
  readonly done: number;
  readonly rowsPerSecond: number;
}

/** Starts the process anew each time it was killed; ends when the rotation does. */
async function killedWhile(
  rotations: KeyRotations,
  {
    connection,
    kills,
    unwanted,
    say,
  }: Pick<SeparateProcesses, 'connection'> & Pick<Scratch, 'unwanted' | 'say'> & { readonly kills: number },
): Promise<Killed> {
  const random = randomFrom(Date.now());
  const parts = Array.from({ length: kills }, () => lastKillAt * random()).sort((one, other) => one - other);
  const id = (await rotations.next())?.rotationId ?? '';
  const at: number[] = [];
  const worked = { rows: 0, ms: 0 };
  for (;;) {
    connection.start();
    const { last, ms, rows } = await worksUntil(rotations, id, parts[at.length] ?? Infinity, unwanted);
    worked.rows += rows;
    worked.ms += ms;
    if (last.finishedAt !== null) return { at, done: last.done, rowsPerSecond: (1_000 * worked.rows) / worked.ms };
    await connection.kill();
    at.push(last.done / (last.total ?? NaN));
    say(`Killed at ${last.done} of ${last.total} rows.`);
  }
}

/** Until so much is done, or all of it. Its time counts from the first row that moves. */
async function worksUntil(
  rotations: KeyRotations,
  id: string,
  part: number,
  unwanted: AbortSignal,
): Promise<{ readonly last: KeyRotation; readonly rows: number; readonly ms: number }> {
  const deadline = performance.now() + longestRunMs;
  let first: { readonly at: number; readonly done: number } | null = null;
  let before: number | null = null;
  for (;;) {
    const last = await rotations.find(id);
    if (last === null || performance.now() > deadline) throw new Error('The rotation did not come to its end.');
    before ??= last.done;
    if (last.done > before) first ??= { at: performance.now(), done: last.done };
    if (last.finishedAt !== null || (last.total !== null && last.done > before && last.done / last.total >= part)) {
      return { last, rows: last.done - (first?.done ?? last.done), ms: first ? performance.now() - first.at : 0 };
    }
    await pause(lookEachMs, undefined, { signal: unwanted });
  }
}

/** What it read, once it prints that. */
async function readBy(reader: StartedProcess, stop: () => Promise<void>): Promise<Reading> {
  const read = reader.printed((line) => (line.startsWith('{') ? (JSON.parse(line) as Reading) : undefined));
  await stop();
  return read;
}

/** Ids of the workspace keys that the log says are gone, once it has been told everything. */
async function retiredInLog(url: string, jobs: Database, unwanted: AbortSignal): Promise<readonly string[]> {
  const deadline = performance.now() + toldWithinMs;
  while ((await new KeyHappenings(jobs).untold(1)).length > 0) {
    if (performance.now() > deadline) throw new Error('The log was not told what became of the keys.');
    await pause(lookEachMs, undefined, { signal: unwanted });
  }
  const store = openEventStore({ url, name: 'patchbay-drill' });
  try {
    const retired: string[] = [];
    for await (const { type, data } of store.readStream('keys')) {
      if (type.startsWith('KeyRetired.')) retired.push((data as { readonly keyId: string }).keyId);
    }
    return retired;
  } finally {
    await store.close();
  }
}

function percentile(reads: Reading['reads'], part: number): number {
  const sorted = reads.map(([, ms]) => ms).sort((one, other) => one - other);
  return Number((sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? NaN).toFixed(1));
}

export const rewrap: Drill<'secrets' | 'reads' | 'kills'> = {
  name: 'rewrap',
  sentence:
    'Gives every workspace a new key by npm run rotate-keys while processes of their own open secrets all the time, and kills the connection service, which moves them, at random pages (kill -9). No read fails; in the end no row is left on a former key, all of those are destroyed and the log says so of each once, and a process that never saw one opens everything.',
  counts: {
    secrets: { unlessTold: 100_000, sentence: 'how many secrets there are' },
    reads: { unlessTold: 200, sentence: 'reads in a second' },
    kills: { unlessTold: 5, sentence: 'how often who moves them is killed' },
  },
  brief: 'takes no time beforehand, and does not wait for the log to be told',
  run,
};
