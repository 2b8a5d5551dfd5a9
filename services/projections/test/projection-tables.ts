import { followMigrations } from '#follow';
import { Database, type Migration } from '#postgres';
import { readModelsEntities, readModelsMigrations } from '#read-models';
import { testDatabase, type TestDatabase } from '#testing';
import { vaultMigrations } from '#vault';
import { projections } from '../src/projections';
import type { Slot } from '../src/slots';

export interface ProjectionTables {
  readonly test: TestDatabase;
  /** As the role that writes, and as the one that asks. */
  readonly database: Database;
  readonly asking: Database;
  /** Every row and column of every projection's slot, as text, with the table it is in. */
  rowsIn(slot: Slot): Promise<readonly { readonly table: string; readonly row: string }[]>;
  empty(): Promise<void>;
  drop(): Promise<void>;
}

/** A database with the tables of projections, of what they are joined with, and of whatever else. */
export async function projectionTables(others: readonly Migration[] = []): Promise<ProjectionTables> {
  const test = await testDatabase({ migrations: [...others, ...vaultMigrations, ...followMigrations, ...readModelsMigrations] });
  const database = await Database.open({ url: test.urlFor('patchbay_projections'), applicationName: 'spec' });
  const asking = await Database.open({
    url: test.urlFor('patchbay_connection'),
    applicationName: 'spec',
    entities: [...readModelsEntities],
  });
  return {
    test,
    database,
    asking,
    rowsIn: (slot) =>
      database.query(
        `${projections
          .map(({ table }) => `select '${table}' as table, kept::text as row from read_models.${table}_${slot} as kept`)
          .join(' union all ')} order by 1, 2`,
      ),
    empty: async () => {
      const tables = projections.flatMap(({ table }) => [`read_models.${table}_a`, `read_models.${table}_b`]);
      await database.query(`truncate ${tables.join(', ')}`);
    },
    drop: async () => {
      await database.close();
      await asking.close();
      await test.drop();
    },
  };
}
