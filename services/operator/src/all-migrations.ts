import { followMigrations } from '#follow';
import type { Migration } from '#postgres';
import { readModelsMigrations } from '#read-models';
import { vaultMigrations } from '#vault';
import { connectionMigrations } from '../../connection/src/migrations';
import { eventStoreMigrations } from '../../event-store/src/migrations';

/** Every room's migrations. Their numbers order them; each room grants its own tables to the roles that need them. */
export const allMigrations: readonly Migration[] = [
  ...eventStoreMigrations,
  ...followMigrations,
  ...readModelsMigrations,
  ...vaultMigrations,
  ...connectionMigrations,
];
