import { setTimeout as pause } from 'node:timers/promises';
import { Database } from '#postgres';
import { operatorCommand } from '../operator-command';
import type { Scratch } from '../scratch';
import { wrongRows } from './check-rows';
import type { Drill, Drilled } from './drill';
import { Evidence } from './evidence';
import { findingsIn } from './findings-in';
import { FlakyService } from './flaky-service';
import { Load } from './load';
import { LogView } from './log-view';
import { PoisonedConnections, refusedLabel } from './poisoned-connections';
import type { Row, Table } from './rows-of-log';
import { SeparateProcesses } from './separate-processes';
import { SlowestLag } from './slowest-lag';

const restMs = 100;
const othersGoOnForMs = 3_000;
const lookEachMs = 50;
const parkedWithinMs = 15_000;
const othersBehindAtMostSeconds = 5;
/** Of each poisoned connection: the one that cannot be applied, and those that wait behind it. */
const heldEach = 3;

const slots = ['workspace_connections_a', 'workspace_connections_b'];

/** Lets events happen that the tables do not take, and looks at what becomes of them, of what follows them and of everything else. */
async function run(scratch: Scratch, { connections }: { readonly connections: number }): Promise<Drilled> {
  const { parts, unwanted, say } = scratch;
  const service = await FlakyService.start(parts);
  service.recover();
  const processes = await SeparateProcesses.start(scratch, { servicePorts: [service.port] });
  const { recipient, database, projections } = processes;
  const evidence = await Evidence.open(scratch, { folder: scratch.folder, eventStoreUrl: processes.eventStoreUrl });
  const owner = await Database.open({ url: database.ownerUrl, applicationName: 'patchbay-drill', poolSize: 1 });
  parts.add({ stop: () => owner.close() });
  const unpark = (): Promise<string> => operatorCommand('unpark', ['--all'], { DATABASE_URL: database.ownerUrl.reveal() });
  const others = new Load({ recipient: () => Promise.resolve(recipient), serviceUrl: service.url, unwanted, restMs });

  const victims = new PoisonedConnections(recipient, service.url);
  await victims.create(connections);
  await evidence.upToDate(unwanted);
  for (const slot of slots)
    await owner.query(`alter table read_models.${slot} add constraint ${refusedLabel} check (not labels ? '${refusedLabel}')`);
  others.start();
  const lag = new SlowestLag(projections, unwanted);
  lag.watch();
  say('From now on the tables refuse a label. It is given to some connections, which then go on.');
  await victims.poison();
  const began = performance.now();
  const held = heldEach * connections;
  const parkedAfterMs = await until(async () => (await evidence.parked()) === held, began, unwanted);
  await pause(othersGoOnForMs, undefined, { signal: unwanted });
  await others.end();
  const slowestLag = await lag.end();
  const shown = await projections.metric('patchbay_parked_events');
  const meanwhile = without(victims.ids, await evidence.upToDate(unwanted), await evidence.rows());
  const stale = await staleIn(evidence);

  say('An operator asks for them too early, then repairs the cause and asks again.');
  const tooEarly = await unpark().then(
    () => 'applied',
    () => 'refused',
  );
  const stillHeld = await evidence.parked();
  for (const slot of slots) await owner.query(`alter table read_models.${slot} drop constraint ${refusedLabel}`);
  const asked = performance.now();
  await unpark();
  const unparkedAfterMs = Math.round(performance.now() - asked);
  await victims.goOn();
  const log = await evidence.upToDate(unwanted);

  return {
    figures: {
      'connections that were poisoned': connections,
      'events parked': held,
      'all parked after the last one was acknowledged, ms': parkedAfterMs,
      patchbay_parked_events: shown,
      'rows shown as stale': stale.size,
      'events of others meanwhile': meanwhile.events,
      'slowest lag meanwhile, s': slowestLag,
      'asked for too early': tooEarly,
      'asked for with the cause repaired: applied after, ms': unparkedAfterMs,
      acknowledged: others.acknowledged.length,
      events: log.events.length,
    },
    findings: [
      ...(parkedAfterMs === null ? [`Of the ${held} events that should be parked, ${await evidence.parked()} are.`] : []),
      ...(shown === held ? [] : [`The metric says that ${shown} events are parked, and ${held} are.`]),
      ...(victims.ids.every((id) => stale.has(id)) && stale.size === connections
        ? []
        : ['The rows shown as stale are not those that are.']),
      ...meanwhile.findings,
      ...(slowestLag > othersBehindAtMostSeconds ? [`The others were ${slowestLag} s behind because of what was parked.`] : []),
      ...(tooEarly === 'refused' && stillHeld === held ? [] : ['What could not be applied was said to be, or is not parked any more.']),
      ...others.strange,
      ...processes.complaints,
      ...(await findingsIn(log, evidence, others.acknowledged)),
    ],
  };
}

/** Answers after how many ms since then it happened; null: not in time. */
async function until(happened: () => Promise<boolean>, since: number, unwanted: AbortSignal): Promise<number | null> {
  for (;;) {
    if (await happened()) return Math.round(performance.now() - since);
    if (performance.now() - since > parkedWithinMs) return null;
    await pause(lookEachMs, undefined, { signal: unwanted });
  }
}

/** How it stands with everything but these connections. */
function without(
  ids: readonly string[],
  log: LogView,
  rows: Readonly<Record<Table, readonly Row[]>>,
): { readonly events: number; readonly findings: readonly string[] } {
  const others = new LogView(log.events.filter(({ stream }) => !ids.some((id) => stream === `connection-${id}`)));
  const isOthers = ({ id, connection_id: connectionId }: Row): boolean => !ids.includes(String(connectionId ?? id));
  const rowsOfOthers = {
    workspace_connections: rows.workspace_connections.filter(isOthers),
    connectors: rows.connectors,
    connection_names: rows.connection_names.filter(isOthers),
    audit_entries: rows.audit_entries.filter(isOthers),
  };
  return { events: others.events.length, findings: wrongRows(others, rowsOfOthers) };
}

async function staleIn(evidence: Evidence): Promise<ReadonlySet<string>> {
  const { workspace_connections: connections } = await evidence.rows();
  return new Set(connections.filter(({ stale }) => stale).map(({ id }) => String(id)));
}

export const poison: Drill<'connections'> = {
  name: 'poison',
  sentence:
    'Lets events happen that the tables of the read models do not take, under steady commands: they are tried again with pauses and parked, what follows them in their streams waits, their rows are shown as stale, and everything else goes on and is what the log folds to. Unparked too early they stay parked; once the cause is repaired, npm run unpark brings them in, in order and without a restart, and every row is what the log folds to.',
  counts: { connections: { unlessTold: 20, sentence: 'how many connections it happens to' } },
  run,
};
