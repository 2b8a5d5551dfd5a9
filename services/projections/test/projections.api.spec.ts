import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { openEventStore, type EventStore } from '#event-store';
import { checkpointPosition, listConnections } from '#read-models';
import { CannotStart, createLogger, type RunningService } from '#runtime';
import { eventually, testDatabase } from '#testing';
import { eventStoreMigrations } from '../../event-store/src/migrations';
import { startEventStoreServer } from '../../event-store/src/event-store.module';
import { startProjections } from '../src/projections.module';
import { Histories, history } from './histories';
import { projectionTables, type ProjectionTables } from './projection-tables';

const logger = createLogger({ process: 'spec', level: 'silent' });

describe('the projections process, on the embedded event store', () => {
  let tables: ProjectionTables;
  let server: RunningService;
  let store: EventStore;
  let histories: Histories;
  let running: RunningService[];

  beforeAll(async () => {
    tables = await projectionTables([...eventStoreMigrations]);
    server = await startEventStoreServer({ host: '127.0.0.1', port: 0, databaseUrl: tables.test.urlFor('patchbay_log') }, { logger });
    store = openEventStore({ url: addressOf(server) });
    histories = new Histories(store);
    running = [];
  });
  afterAll(async () => {
    for (const service of running) await service.stop();
    await store.close();
    await server.stop();
    await tables.drop();
  });

  it('is not ready before the log is opened, and follows it by itself once it is', async () => {
    const first = await start();
    await eventually(async () => expect(await readiness(first)).toMatchObject({ up: false, detail: 'waiting_for_log' }));
    await histories.open(randomUUID());
    await eventually(async () => expect(await readiness(first)).toEqual({ name: 'read_models', up: true, detail: 'following' }));
    expect((await first.ready()).every(({ up }) => up)).toBe(true);
  });

  it('shows what is appended', async () => {
    for (const steps of fc.sample(history, 5)) await histories.play(steps);
    await histories.play([{ which: 0, step: { does: 'create', authType: 'none' } }]);
    await caughtUp();
    const { items } = await tables.asking.inWorkspace('workspace-0', (tx) => listConnections(tx));
    expect(items.length).toBeGreaterThan(0);
  });

  it('tells how far behind each projection is, and that nothing is parked', async () => {
    const page = await (await fetch(`${running[0]!.addresses['http']}/metrics`)).text();
    expect(page).toMatch(/patchbay_projection_lag_seconds\{projection="connectors",process="projections"\} 0\n/);
    expect(page).toMatch(/patchbay_projection_lag_seconds\{projection="workspace-connections",process="projections"\} 0\n/);
    expect(page).toMatch(/patchbay_parked_events\{process="projections"\} 0\n/);
    expect(page).toMatch(/patchbay_log_up\{process="projections"\} 1\n/);
  });

  it('answers whoever runs it whether it turns and whether it can work', async () => {
    const ask = async (path: string) => {
      const answer = await fetch(`${running[0]!.addresses['http']}${path}`);
      return { status: answer.status, body: await answer.json() };
    };
    expect(await ask('/healthz')).toEqual({ status: 200, body: { status: 'up' } });
    expect(await ask('/readyz')).toMatchObject({
      status: 200,
      body: { status: 'ready', checks: expect.arrayContaining([{ name: 'read_models', up: true, detail: 'following' }]) },
    });
  });

  it('is taken over by another that stood by, when it stops', async () => {
    const second = await start();
    await eventually(async () => expect(await readiness(second)).toMatchObject({ up: true, detail: 'standing-by' }));
    await running.shift()?.stop();
    await eventually(async () => expect(await readiness(second)).toMatchObject({ up: true, detail: 'following' }));
    await histories.play([{ which: 1, step: { does: 'publish', version: 4 } }]);
    await caughtUp();
  });

  it('fills what a release brings from the beginning of the log, and leaves the rest as it is', async () => {
    await running.shift()?.stop();
    const rows = await tables.rowsIn('a');
    await tables.database.query(`truncate read_models.audit_entries_a`);
    await tables.database.query(`update read_models.projection_slots set version_a = null where projection = 'audit-entries'`);
    await start();
    await eventually(async () => expect(await tables.rowsIn('a')).toEqual(rows));
  });

  it('notices another log at the address of the one it follows, writes nothing of it, and goes on when its own is back', async () => {
    const rows = await tables.rowsIn('a');
    const [following] = running;
    const other = await testDatabase({ migrations: eventStoreMigrations });
    const at = { host: '127.0.0.1', port: Number(new URL(addressOf(server)).port) };
    await server.stop();
    const impostor = await startEventStoreServer({ ...at, databaseUrl: other.urlFor('patchbay_log') }, { logger });
    const otherStore = openEventStore({ url: addressOf(impostor) });
    const otherHistories = new Histories(otherStore);
    await otherHistories.open(randomUUID());
    for (let n = 0; n < 8; n += 1) await otherHistories.play(fc.sample(history, 1)[0]!);
    await eventually(async () => expect(await readiness(following!)).toMatchObject({ up: false, detail: 'LogIsAnother' }));
    expect(await tables.rowsIn('a')).toEqual(rows);
    await otherStore.close();
    await impostor.stop();
    await other.drop();

    server = await startEventStoreServer({ ...at, databaseUrl: tables.test.urlFor('patchbay_log') }, { logger });
    await histories.play([{ which: 2, step: { does: 'publish', version: 4 } }]);
    await eventually(caughtUp, { within: 10_000 });
  }, 30_000);

  it('says in one sentence that it cannot start on a database that was not migrated', async () => {
    const empty = await testDatabase();
    const starting = startProjections({ databaseUrl: empty.urlFor('patchbay_projections'), eventStoreUrl: addressOf(server) }, { logger });
    await expect(starting).rejects.toThrow(CannotStart);
    await expect(starting).rejects.toThrow(/npm run migrate/);
    await empty.drop();
  });

  async function start(): Promise<RunningService> {
    const service = await startProjections(
      { databaseUrl: tables.test.urlFor('patchbay_projections'), eventStoreUrl: addressOf(server), httpPort: 0 },
      { logger },
    );
    running.push(service);
    return service;
  }

  async function readiness(service: RunningService) {
    return (await service.ready()).find(({ name }) => name === 'read_models');
  }

  async function caughtUp(): Promise<void> {
    const last = await store.readLastPosition();
    await eventually(async () => (await checkpointPosition(tables.asking)) >= last);
  }
});

function addressOf({ addresses }: RunningService): string {
  const { grpc } = addresses;
  if (grpc === undefined) throw new Error('the event store has no address');
  return grpc;
}
