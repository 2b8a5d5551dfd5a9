import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rebuilds that were asked for, one at a time for each projection. A row is the request, its progress and what came of it. */
export class ReadRebuilds1795550000204 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table read_models.projection_rebuilds (
        id                   uuid primary key,
        projection           text not null references read_models.projection_slots,
        kind                 text not null check (kind in ('rebuild', 'roll-back')),
        version              integer not null,
        state                text not null default 'asked' check (state in ('asked', 'running', 'done', 'failed', 'cancelled')),
        asked_by             text not null,
        asked_at             timestamptz not null default now(),
        started_at           timestamptz,
        worked_at            timestamptz,
        ended_at             timestamptz,
        position             bigint not null default 0,
        head                 bigint,
        events_per_second    double precision,
        positions_per_second double precision,
        error                text
      )`);
    await runner.query(`
      create unique index projection_rebuilds_open on read_models.projection_rebuilds (projection) where state in ('asked', 'running')`);
    await runner.query(`create index on read_models.projection_rebuilds (projection, asked_at)`);
    await runner.query(`grant select on read_models.projection_rebuilds to patchbay_connection, patchbay_projections`);
    await runner.query(`
      grant insert (id, projection, kind, version, asked_by), update (state, ended_at)
      on read_models.projection_rebuilds to patchbay_connection`);
    await runner.query(`grant insert, update on read_models.projection_rebuilds to patchbay_projections`);
    // Only a table's owner may look at it for the planner, and a table that was filled in one go is shown before autovacuum has come round.
    await runner.query(`
      create function read_models.analyze_slot(slot_table text) returns void
      language plpgsql security definer set search_path = pg_catalog as $$
      begin
        execute format('analyze read_models.%I', slot_table);
      end $$`);
    await runner.query(`revoke execute on function read_models.analyze_slot from public`);
    await runner.query(`grant execute on function read_models.analyze_slot to patchbay_projections`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function read_models.analyze_slot`);
    await runner.query(`drop table read_models.projection_rebuilds`);
  }
}
