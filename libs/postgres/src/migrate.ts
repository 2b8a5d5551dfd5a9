import type { Secret } from '#secret';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { connectDataSource } from './data-source';
import { migrationsTable, type Migration } from './migration';
import { roleNames } from './role-name';

/** Another run of migrations holds the lock for longer than this one would wait. */
export class MigrationIsRunning extends Error {
  override readonly name = 'MigrationIsRunning';
  constructor() {
    super('Another npm run migrate is at work on this database and has been for a minute.');
  }
}

/** A migration failed and was undone; those before it stay. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
}

/**
 * Runs what the database has not seen yet, oldest first, each in a transaction of its own, and answers the names it ran. The advisory lock
 * belongs to the connection that migrates: whoever loses the connection loses lock and transaction together.
 * The roles must exist (`ensureRoles`): migrations grant to them.
 *
 * @throws MigrationIsRunning | MigrationFailed
 */
export const migrate = async ({
  ownerUrl,
  migrations,
  report,
}: {
  ownerUrl: Secret;
  migrations: readonly Migration[];
  report: (name: string) => void;
}): Promise<readonly string[]> => {
  const source = await connectDataSource({
    url: ownerUrl,
    applicationName: 'patchbay-migrate',
    poolSize: 2,
    statementTimeoutMs: 600_000,
    migrations,
  });
  try {
    const runner = source.createQueryRunner();
    try {
      await lock(runner);
      await prepareTable(runner);
      return await runPending(source, runner, report);
    } finally {
      await runner.release();
    }
  } finally {
    await source.destroy();
  }
};

const lock = async (runner: QueryRunner): Promise<void> => {
  try {
    await runner.query(`set lock_timeout = '60s'`);
    await runner.query(`select pg_advisory_lock(hashtextextended('patchbay migrate', 0))`);
    // A migration that waits for a busy table makes everyone else queue behind it.
    await runner.query(`set lock_timeout = '10s'`);
  } catch (error) {
    throw (error as { code?: unknown }).code === '55P03' ? new MigrationIsRunning() : error;
  }
};

// TypeORM creates the table with the first migration, so the right to read it is given beforehand.
const prepareTable = async (runner: QueryRunner): Promise<void> => {
  const { schema } = migrationsTable;
  const readers = roleNames.join(', ');
  await runner.query(`create schema if not exists ${schema}`);
  await runner.query(`grant usage on schema ${schema} to ${readers}`);
  await runner.query(`alter default privileges in schema ${schema} grant select on tables to ${readers}`);
};

const runPending = async (source: DataSource, runner: QueryRunner, report: (name: string) => void): Promise<readonly string[]> => {
  const executor = new MigrationExecutor(source, runner);
  const names: string[] = [];
  for (const pending of await executor.getPendingMigrations()) {
    await runner.startTransaction();
    try {
      await executor.executeMigration(pending);
      await runner.commitTransaction();
    } catch (cause) {
      await runner.rollbackTransaction();
      throw new MigrationFailed(`${pending.name} failed and was undone: ${(cause as Error).message}`, { cause });
    }
    names.push(pending.name);
    report(pending.name);
  }
  return names;
};
