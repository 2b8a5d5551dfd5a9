import { followMigrations } from '#follow';
import { Database, type Migration } from '#postgres';
import { readModelsEntities, readModelsMigrations } from '#read-models';
import { testDatabase, type TestDatabase } from '#testing';
import { vaultMigrations } from '#vault';
import type { Slot } from '../src/slots';

export interface ProjectionTables {
  readonly test: TestDatabase;
  /** As the role that writes, and as the one that asks. */
  readonly database: Database;
  readonly asking: Database;
  /** Every row and column of a slot, as text. */
  rowsIn(slot: Slot): Promise<unknown>;
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
        `select row::text from read_models.connectors_${slot} as row
         union all select row::text from read_models.workspace_connections_${slot} as row order by 1`,
      ),
    empty: async () => {
      await database.query(
        `truncate read_models.connectors_a, read_models.connectors_b, read_models.workspace_connections_a, read_models.workspace_connections_b`,
      );
    },
    drop: async () => {
      await database.close();
      await asking.close();
      await test.drop();
    },
  };
}
