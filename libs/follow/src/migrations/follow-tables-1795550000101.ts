import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where followers of the log keep how far they came, and what they could not apply. */
export class FollowTables1795550000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create schema if not exists read_models`);

    // A position means nothing without the log it is in: log_id says which one, event_id lets another log be noticed that bears the same id.
    await runner.query(`
      create table read_models.projection_checkpoints (
        name       text primary key,
        position   bigint not null check (position >= 0),
        log_id     uuid not null,
        event_id   uuid,
        updated_at timestamptz not null default now()
      )`);

    // The payload is not copied: it is read again from the log, by stream (key) and revision. No error: the event only waits behind an earlier one.
    await runner.query(`
      create table read_models.parked_events (
        follower  text not null,
        key       text not null,
        position  bigint not null,
        revision  bigint not null,
        event_id  uuid not null,
        type      text not null,
        error     text,
        parked_at timestamptz not null default now(),
        primary key (follower, key, position)
      )`);

    await runner.query(`grant usage on schema read_models to patchbay_projections, patchbay_connection, patchbay_jobs`);
    await runner.query(`grant select, insert, update on read_models.projection_checkpoints to patchbay_projections`);
    await runner.query(`grant select on read_models.projection_checkpoints to patchbay_connection, patchbay_jobs`);
    await runner.query(`grant select, insert, update, delete on read_models.parked_events to patchbay_projections`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table read_models.parked_events`);
    await runner.query(`drop table read_models.projection_checkpoints`);
  }
}
