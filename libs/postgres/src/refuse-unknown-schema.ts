import type { Database } from './database';
import { migrationsTable, roomOf, type Migration } from './migration';

/** The database's tables are not those this process was written for. */
export class SchemaIsUnknown extends Error {
  override readonly name = 'SchemaIsUnknown';
}

/**
 * Compares what the database has seen with the migrations of the rooms a process uses. A migration of another room is none of its business;
 * one of its own rooms that it never heard of means that the database belongs to a newer release.
 *
 * @throws SchemaIsUnknown
 */
export const refuseUnknownSchema = async (database: Database, migrations: readonly Migration[]): Promise<void> => {
  const seen = new Set(await executedIn(database));
  const known = new Set(migrations.map(({ name }) => name));
  const missing = [...known].filter((name) => !seen.has(name));
  if (missing.length > 0) {
    throw new SchemaIsUnknown(`The database misses ${listed(missing)}: run npm run migrate, then start again.`);
  }
  const rooms = new Set([...known].map(roomOf));
  const strange = [...seen].filter((name) => rooms.has(roomOf(name)) && !known.has(name));
  if (strange.length > 0) {
    throw new SchemaIsUnknown(
      `The database was migrated by a newer release (${listed(strange)}): start that one, or restore a backup and run npm run migrate of this one.`,
    );
  }
};

const executedIn = async (database: Database): Promise<string[]> => {
  const { schema, name } = migrationsTable;
  const [table] = await database.query<{ exists: boolean }>(`select to_regclass($1) is not null as exists`, [`${schema}.${name}`]);
  if (table?.exists !== true) return [];
  const executed = await database.query<{ name: string }>(`select name from ${schema}.${name}`);
  return executed.map((row) => row.name);
};

const listed = (names: readonly string[]): string => names.join(', ');
