import { setTimeout as pause } from 'node:timers/promises';
import { Database, type RoleName } from '#postgres';
import { checkpointPosition, findRebuild, listProjections, type ProjectionRebuild } from '#read-models';
import { openEventStore } from '#event-store';
import { fillLog } from '../bench/seed-log';
import { operatorCommand } from '../operator-command';
import type { Scratch } from '../scratch';
import type { Drill, Drilled, DrillMode } from './drill';
import { connectionsInLog, type SeededConnection } from './seeded-connections';
import { SeparateProcesses } from './separate-processes';
import { SteadyEdits } from './steady-edits';
import { WatchingReader } from './watching-reader';

const projection = 'workspace-connections';
/** Made in the drill from what is shown, so that readers can tell the two apart. */
const olderModel = 'the version before';
const lookEachMs = 50;
const killedAt = 0.4;
const caughtUpWithinMs = 600_000;
const workedBeforehandMs = 3_000;

/** Rebuilds everything that is read while it is read and changed, kills who does it, goes back, and compares. */
async function run(
  scratch: Scratch,
  { connections, rate }: { readonly connections: number; readonly rate: number },
  { brief }: DrillMode,
): Promise<Drilled> {
  const { unwanted, say, parts } = scratch;
  const seeded: SeededConnection[] = [];
  const patchbay = await SeparateProcesses.start(scratch, {
    servicePorts: [],
    beforehand: ({ ownerUrl }) => fillLog(scratch, ownerUrl, connectionsInLog(connections, seeded)),
  });
  const open = async (role: RoleName): Promise<Database> => {
    const url = patchbay.database.urlOf(role);
    const database = await Database.open({ url, applicationName: 'patchbay-drill', statementTimeoutMs: 120_000 });
    parts.add({ stop: () => database.close() });
    return database;
  };
  const database = await open('patchbay_projections');
  const store = parts.add(closing(openEventStore({ url: patchbay.eventStoreUrl, name: 'patchbay-drill' })));
  const settled = (): Promise<void> => untilSettled(database, store, unwanted);
  await settled();
  say(`${connections} connections are there, and the read models know them.`);

  const token = await operatorCommand(
    'token',
    ['--service', 'drill', '--scope', 'connections:read,connections:write,operations', '--workspaces', '*', '--expires', '1d'],
    { PATCHBAY_DATA: scratch.folder },
  );
  const edits = parts.add(new SteadyEdits({ url: patchbay.recipient.url, token, connections: seeded, rate, unwanted }));
  const reader = parts.add(await WatchingReader.start({ url: patchbay.database.urlOf('patchbay_reader'), connections: seeded, unwanted }));
  edits.start();
  await pause(brief ? 0 : workedBeforehandMs, undefined, { signal: unwanted });
  const before = edits.latenciesMs.length;

  const asked = await askOverHttp(patchbay.recipient.url, token);
  const killed = await killAt(killedAt, asked, { database, patchbay, unwanted });
  say(
    `The projections were killed ${killed === null ? 'after the rebuild was done' : `at ${(killed * 100).toFixed(0)} % of the rebuild`}.`,
  );
  const rebuilt = await untilDone(database, asked.id, unwanted);
  say(`The rebuild of ${projection} is done.`);
  const others = brief ? [] : (await listProjections(database)).map(({ name }) => name).filter((name) => name !== projection);
  const command = (...args: string[]): Promise<string> =>
    operatorCommand('rebuild', args, { DATABASE_URL: patchbay.database.ownerUrl.reveal() });
  for (const name of others) say(await command(name));
  const during = edits.latenciesMs.slice(before);

  await edits.pause();
  await settled();
  const differing: string[] = [];
  let compared = 0;
  for (const name of [projection, ...others]) {
    await command(name, '--roll-back'); // brings the kept rows to where the others are: nothing happens now
    const { rows, different } = await comparedSlots(database, name);
    compared += rows;
    if (different > 0) differing.push(`Of the ${rows} rows of ${name}, ${different} are not what they are in the other tables.`);
  }
  say(`${compared} rows were compared.`);

  const { live } = await slotOf(database, projection);
  await database.query(`update read_models.workspace_connections_${live === 'a' ? 'b' : 'a'} set owner = $1`, [olderModel]);
  edits.start();
  const began = performance.now();
  for (const way of ['back', 'forth']) {
    await command(projection, '--roll-back');
    say(`One command ${way}.`);
    await pause(brief ? 600 : workedBeforehandMs, undefined, { signal: unwanted });
  }
  const thereAndBack = performance.now() - began;
  await edits.pause();
  await settled();
  await reader.stop();
  await edits.stop();

  return {
    figures: {
      connections,
      'events in the log before': 1 + 3 * connections,
      'edits acknowledged, over HTTP': edits.latenciesMs.length,
      'edits put off with 503': edits.putOff,
      'edits a second': Math.round(edits.perSecond),
      'edits during rebuilds, median ms': Math.round(percentile(during, 0.5)),
      'edits during rebuilds, 99th percentile ms': Math.round(percentile(during, 0.99)),
      'killed at per cent': killed === null ? null : Math.round(killed * 100),
      'seconds of the rebuild, with the kill': secondsOf(rebuilt),
      'events a second of the rebuild, since it went on': rebuilt.eventsPerSecond === null ? null : Math.round(rebuilt.eventsPerSecond),
      'rows compared byte for byte': compared,
      'questions for one connection': reader.latenciesMs.length,
      'questions for one, 99th percentile ms': Number(percentile(reader.latenciesMs, 0.99).toFixed(1)),
      'questions for one, longest ms': Math.round(Math.max(...reader.latenciesMs)),
      'questions for all': reader.wholeReads,
      'models seen': reader.models.join(', then '),
      'seconds back and forth': Number((thereAndBack / 1_000).toFixed(1)),
      'outward effects': 'none: no projection has any yet',
    },
    findings: [
      ...differing,
      ...(compared === 0 ? ['Nothing was compared.'] : []),
      ...(reader.models.join() === `user-1,${olderModel},user-1`
        ? []
        : ['Readers did not see the model before, once, between two times of the present one.']),
      ...reader.findings,
      ...edits.findings,
      ...patchbay.complaints,
    ],
  };
}

async function askOverHttp(url: string, token: string): Promise<{ readonly id: string }> {
  const answer = await fetch(`${url}/v1/admin/projections/${projection}/rebuilds`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  if (answer.status !== 202) throw new Error(`The rebuild was not asked for: ${await answer.text()}`);
  return (await answer.json()) as { id: string };
}

/** Kills the projections once so much is done, and starts them again. Answers how much was done; null: all of it already. */
async function killAt(
  part: number,
  { id }: { readonly id: string },
  { database, patchbay, unwanted }: { readonly database: Database; readonly patchbay: SeparateProcesses; readonly unwanted: AbortSignal },
): Promise<number | null> {
  for (;;) {
    const { state, position, head } = await findRebuild(database, projection, id);
    const done = head === null ? 0 : Number(position) / Number(head);
    if (state === 'done' || done >= part) {
      await patchbay.projections.kill();
      patchbay.projections.start();
      return state === 'done' ? null : done;
    }
    await pause(lookEachMs, undefined, { signal: unwanted });
  }
}

async function untilDone(database: Database, id: string, unwanted: AbortSignal): Promise<ProjectionRebuild> {
  for (;;) {
    const rebuild = await findRebuild(database, projection, id);
    if (rebuild.state === 'done') return rebuild;
    if (rebuild.endedAt) throw new Error(`The rebuild ended as ${rebuild.state}: ${rebuild.error ?? ''}`);
    await pause(lookEachMs, undefined, { signal: unwanted });
  }
}

/** Until the read models have seen the whole log. */
async function untilSettled(database: Database, store: { readLastPosition(): Promise<bigint> }, unwanted: AbortSignal): Promise<void> {
  const last = await store.readLastPosition();
  const deadline = performance.now() + caughtUpWithinMs;
  while ((await checkpointPosition(database)) < last) {
    if (performance.now() > deadline) throw new Error('The read models did not come to where the log is.');
    await pause(lookEachMs, undefined, { signal: unwanted });
  }
}

/** All columns of all rows, as text: none of them says when it was written. */
async function comparedSlots(database: Database, name: string): Promise<{ readonly rows: number; readonly different: number }> {
  const { table, key } = await slotOf(database, name);
  const [found] = await database.query<{ rows: number; different: number }>(
    `select count(*)::int as rows, (count(*) filter (where one.row is distinct from other.row))::int as different
       from (select (${key.join(', ')}) as key, a::text as row from read_models.${table}_a as a) as one
       full join (select (${key.join(', ')}) as key, b::text as row from read_models.${table}_b as b) as other using (key)`,
  );
  if (found === undefined) throw new Error('The database counted nothing.');
  return found;
}

async function slotOf(
  database: Database,
  name: string,
): Promise<{ readonly live: 'a' | 'b'; readonly table: string; readonly key: readonly string[] }> {
  const table = name.replaceAll('-', '_');
  const [found] = await database.query<{ live: 'a' | 'b'; key: string[] }>(
    `select live, (select array_agg(attname::text) from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey)
                    where indrelid = $2::regclass and indisprimary) as key
       from read_models.projection_slots where projection = $1`,
    [name, `read_models.${table}_a`],
  );
  if (found === undefined) throw new Error(`There is no projection ${name}.`);
  return { ...found, table };
}

function secondsOf({ startedAt, endedAt }: ProjectionRebuild): number | null {
  return startedAt && endedAt && Number(((endedAt.getTime() - startedAt.getTime()) / 1_000).toFixed(1));
}

function percentile(values: readonly number[], part: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * part)] ?? NaN;
}

function closing<Store extends { close(): Promise<void> }>(store: Store): Store & { stop(): Promise<void> } {
  return Object.assign(store, { stop: () => store.close() });
}

export const rebuild: Drill<'connections' | 'rate'> = {
  name: 'rebuild',
  sentence:
    'Rebuilds every read model while connections are edited over HTTP and read by SQL all the time, and kills the projections (kill -9) in the middle of it; then goes back to what was shown before, by one command, and forth again. No question finds less than everything, or two models at once, or goes back in time; and what was rebuilt, row for row and column for column, is what the live tables hold.',
  counts: {
    connections: { unlessTold: 200_000, sentence: 'how many connections there are' },
    rate: { unlessTold: 200, sentence: 'edits in a second' },
  },
  brief: 'rebuilds the connections only, and takes no time between two steps',
  run,
};
