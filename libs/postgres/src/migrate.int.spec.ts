import { testDatabase, type TestDatabase } from '#testing';
import type { QueryRunner } from 'typeorm';
import { Database } from './database';
import { migrate, MigrationFailed } from './migrate';
import { refuseUnknownSchema, SchemaIsUnknown } from './refuse-unknown-schema';

describe('migrating', () => {
  let test: TestDatabase;
  let database: Database;
  const ran: string[] = [];
  const run = (migrations: Parameters<typeof migrate>[0]['migrations']) =>
    migrate({ ownerUrl: test.ownerUrl, migrations, report: (name) => ran.push(name) });

  beforeEach(async () => {
    ran.length = 0;
    test = await testDatabase();
    database = await Database.open({ url: test.urlFor('patchbay_connection'), applicationName: 'spec' });
  });

  afterEach(async () => {
    await database.close();
    await test.drop();
  });

  it('runs each migration once, oldest first, whatever order they are listed in', async () => {
    expect(await run([GardenBeds1700000000002, GardenSoil1700000000001])).toEqual(['GardenSoil1700000000001', 'GardenBeds1700000000002']);
    expect(ran).toEqual(['GardenSoil1700000000001', 'GardenBeds1700000000002']);
    expect(await run([GardenBeds1700000000002, GardenSoil1700000000001])).toEqual([]);
  });

  it('runs a migration of a room that came later with an older number', async () => {
    await run([GardenBeds1700000000002]);
    expect(await run([GardenSoil1700000000001, GardenBeds1700000000002])).toEqual(['GardenSoil1700000000001']);
  });

  it('lets two runs at once share the work instead of colliding', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => run([GardenSoil1700000000001, GardenBeds1700000000002])));
    expect(runs.flat().sort()).toEqual(['GardenBeds1700000000002', 'GardenSoil1700000000001']);
  });

  it('undoes the whole of a migration that fails, and keeps those before it', async () => {
    await expect(run([GardenSoil1700000000001, GardenFlood1700000000003])).rejects.toThrow(MigrationFailed);
    expect(ran).toEqual(['GardenSoil1700000000001']);
    const owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec' });
    expect(await owner.query(`select to_regclass('public.puddles') as puddles, to_regclass('public.soil')::text as soil`)).toEqual([
      { puddles: null, soil: 'soil' },
    ]);
    await owner.close();
  });

  it('leaves a database that a process of any role accepts', async () => {
    await run([GardenSoil1700000000001]);
    await expect(refuseUnknownSchema(database, [GardenSoil1700000000001])).resolves.toBeUndefined();
  });

  it('is asked for by a process that knows a migration the database misses', async () => {
    await expect(refuseUnknownSchema(database, [GardenSoil1700000000001])).rejects.toThrow(
      /misses GardenSoil1700000000001: run npm run migrate/,
    );
  });

  it('makes a process refuse a database that a newer release migrated', async () => {
    await run([GardenSoil1700000000001, GardenBeds1700000000002]);
    await expect(refuseUnknownSchema(database, [GardenSoil1700000000001])).rejects.toThrow(SchemaIsUnknown);
  });

  it("does not trouble a process with another room's migrations", async () => {
    await run([GardenSoil1700000000001, KitchenStove1700000000004]);
    await expect(refuseUnknownSchema(database, [GardenSoil1700000000001])).resolves.toBeUndefined();
  });
});

class GardenSoil1700000000001 {
  up(runner: QueryRunner): Promise<unknown> {
    return runner.query('create table public.soil (depth int)');
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

class GardenBeds1700000000002 {
  up(runner: QueryRunner): Promise<unknown> {
    return runner.query('create table public.beds (width int)');
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

class GardenFlood1700000000003 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table public.puddles (depth int)');
    await runner.query('select 1 / 0');
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

class KitchenStove1700000000004 {
  up(runner: QueryRunner): Promise<unknown> {
    return runner.query('create table public.stove (heat int)');
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}
