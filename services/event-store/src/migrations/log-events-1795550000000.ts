import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The log. Bytes stay bytes (jsonb reorders keys and changes numbers); stream names compare byte by byte, whatever the database's language.
 * The one role that writes it may add and read: nobody changes or removes an event.
 */
export class LogEvents1795550000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create schema log`);
    await runner.query(`
      create table log.events (
        position bigint primary key check (position > 0),
        stream   text collate "C" not null,
        revision bigint not null check (revision >= 0),
        event_id uuid not null,
        type     text collate "C" not null,
        is_json  boolean not null,
        data     bytea not null,
        metadata bytea not null,
        created  timestamptz not null,
        unique (stream, revision)
      )`);
    await runner.query(`grant usage on schema log to patchbay_log`);
    await runner.query(`grant select, insert on log.events to patchbay_log`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The log is not undone: it is the truth, and nothing else holds it. Restore a backup.'));
  }
}
