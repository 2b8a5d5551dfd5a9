import { eventually, testDatabase, type TestDatabase } from '#testing';
import { inspect } from 'node:util';
import { Secret } from '#secret';
import { Database } from './database';
import { urlWith } from './database-target';
import { rows } from './rows';

const setting = `select coalesce(current_setting('patchbay.workspace', true), '') as workspace, pg_backend_pid() as backend`;

describe('a database', () => {
  let test: TestDatabase;
  let owner: Database;
  let database: Database;

  beforeAll(async () => {
    test = await testDatabase();
    owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec-owner', poolSize: 2 });
    await owner.query('create schema garden');
    await owner.query('create table garden.plants (workspace_id text not null, name text primary key)');
    await owner.query('alter table garden.plants enable row level security');
    await owner.query('alter table garden.plants force row level security');
    await owner.query(`create policy own on garden.plants using (workspace_id = current_setting('patchbay.workspace', true))`);
    await owner.query('grant usage on schema garden to patchbay_connection');
    await owner.query('grant select, insert, update, delete on garden.plants to patchbay_connection');
    // One connection, so that each transaction of the pool follows the other on it.
    database = await Database.open({
      url: test.urlFor('patchbay_connection'),
      applicationName: 'spec',
      poolSize: 1,
      statementTimeoutMs: 500,
    });
  });

  afterAll(async () => {
    await database.close();
    await owner.close();
    await test.drop();
  });

  afterEach(async () => {
    await database.inWorkspace('oak', (tx) => tx.query('delete from garden.plants'));
    await database.inWorkspace('elm', (tx) => tx.query('delete from garden.plants'));
  });

  const plant = (workspace: string, name: string) =>
    database.inWorkspace(workspace, (tx) => tx.query('insert into garden.plants values ($1, $2)', [workspace, name]));

  it("shows a workspace's rows to that workspace alone, and none to a query without one", async () => {
    await plant('oak', 'moss');
    await plant('elm', 'fern');
    const seen = (tx: Parameters<typeof rows>[0]) => rows(tx, 'select name from garden.plants');
    expect(await database.inWorkspace('oak', seen)).toEqual([{ name: 'moss' }]);
    expect(await database.inWorkspace('elm', seen)).toEqual([{ name: 'fern' }]);
    expect(await database.query('select name from garden.plants')).toEqual([]);
    expect(await database.transaction(seen)).toEqual([]);
  });

  it('refuses a row for another workspace', async () => {
    await expect(database.inWorkspace('oak', (tx) => tx.query(`insert into garden.plants values ('elm', 'ivy')`))).rejects.toMatchObject({
      code: '42501',
    });
  });

  it.each([
    ['committed', () => Promise.resolve()],
    ['failed', () => Promise.reject(new Error('frost'))],
  ])('does not leak the workspace of a transaction that %s to the next one on the same connection', async (_, end) => {
    let backend: unknown;
    await database
      .inWorkspace('oak', async (tx) => {
        const [inside] = await rows<{ workspace: string; backend: number }>(tx, setting);
        expect(inside?.workspace).toBe('oak');
        backend = inside?.backend;
        await end();
      })
      .catch(() => undefined);
    expect(await database.query(setting)).toEqual([{ workspace: '', backend }]);
  });

  it('undoes what a transaction did before it rejected', async () => {
    const failing = database.inWorkspace('oak', async (tx) => {
      await tx.query(`insert into garden.plants values ('oak', 'moss')`);
      throw new Error('frost');
    });
    await expect(failing).rejects.toThrow('frost');
    expect(await database.inWorkspace('oak', (tx) => rows(tx, 'select * from garden.plants'))).toEqual([]);
  });

  it('answers rows whatever the statement is', async () => {
    await plant('oak', 'moss');
    await database.inWorkspace('oak', async (tx) => {
      expect(await rows(tx, `update garden.plants set name = 'fern' returning name`)).toEqual([{ name: 'fern' }]);
      expect(await rows(tx, `delete from garden.plants returning name`)).toEqual([{ name: 'fern' }]);
      expect(await rows(tx, `delete from garden.plants returning name`)).toEqual([]);
    });
  });

  it('keeps what was written out of its errors', async () => {
    await plant('oak', 'canary-4711');
    const refused = await plant('oak', 'canary-4711').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: '23505', constraint: 'plants_pkey' });
    expect(inspect(refused, { depth: 9, showHidden: true })).not.toContain('canary-4711');
    expect(JSON.stringify(refused)).not.toContain('canary-4711');
  });

  it('does not show its password when it is inspected', () => {
    const password = new URL(test.urlFor('patchbay_connection').reveal()).password;
    expect(inspect(database, { depth: 12 })).not.toContain(password);
  });

  it('has the server cancel a statement that takes too long', async () => {
    await expect(database.query('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    await expect(database.ping()).resolves.toBeUndefined();
  });

  it('goes on after the server closed its connection', async () => {
    await owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'spec' and datname = current_database()`,
    );
    await eventually(() => database.ping());
  });

  it('is shown by its name to whoever looks at the server', async () => {
    await database.ping();
    expect(
      await owner.query(`select usename from pg_stat_activity where application_name = 'spec' and datname = current_database()`),
    ).toEqual([{ usename: 'patchbay_connection' }]);
  });

  it('opens when the server is there a moment later, and gives up soon when it never is', async () => {
    const absent = new URL(test.ownerUrl.reveal());
    absent.port = '1';
    await expect(Database.open({ url: Secret.of(absent.href), applicationName: 'spec' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('does not try again where it is not let in', async () => {
    const url = urlWith(test.ownerUrl, { password: Secret.of('wrong') });
    const before = Date.now();
    await expect(Database.open({ url, applicationName: 'spec' })).rejects.toMatchObject({ code: '28P01' });
    expect(Date.now() - before).toBeLessThan(1_000);
  });
});
