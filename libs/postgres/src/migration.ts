import type { MigrationInterface } from 'typeorm';

/**
 * A migration's class, as TypeORM takes it. Its name begins with its room's word and ends with 13 digits that order it among all rooms'
 * migrations: `VaultSecrets1764000000001`. The first word ties it to its room: a process knows only its own rooms' migrations.
 */
export type Migration = new () => MigrationInterface;

/** Where what was run is written down; every role may read it. */
export const migrationsTable = { schema: 'patchbay', name: 'migrations' } as const;

/** The word of the room a migration belongs to: `Vault` of `VaultSecrets1764000000001`. */
export const roomOf = (migrationName: string): string => /^[A-Z][a-z0-9]*/.exec(migrationName)?.[0] ?? migrationName;
