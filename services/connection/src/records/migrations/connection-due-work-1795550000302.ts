import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was begun and has to be finished without anybody asking. The connections' streams are the truth: a row says when to look next. */
export class ConnectionDueWork1795550000302 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create schema if not exists records`);

    await runner.query(`
      create table records.due_work (
        workspace_id  text collate "C" not null,
        connection_id text collate "C" not null,
        kind          text not null check (kind in ('candidate', 'verification')),
        secret_id     uuid,
        attempts      integer not null default 0 check (attempts >= 0),
        next_try_at   timestamptz not null,
        until         timestamptz,
        created_at    timestamptz not null default now(),
        primary key (connection_id, kind),
        constraint candidates_have_a_secret check (kind <> 'candidate' or secret_id is not null)
      )`);
    await runner.query(`create index on records.due_work (next_try_at)`);

    await runner.query(`alter table records.due_work enable row level security`);
    await runner.query(`alter table records.due_work force row level security`);
    await runner.query(`
      create policy one_workspace on records.due_work for all to patchbay_connection
      using (workspace_id = current_setting('patchbay.workspace', true))
      with check (workspace_id = current_setting('patchbay.workspace', true))`);
    await runner.query(`create policy all_workspaces on records.due_work for all to patchbay_jobs using (true) with check (true)`);

    await runner.query(`grant usage on schema records to patchbay_connection, patchbay_jobs`);
    await runner.query(`grant select, insert, delete on records.due_work to patchbay_connection, patchbay_jobs`);
    // Whose work it is never changes.
    await runner.query(`
      grant update (secret_id, attempts, next_try_at, until, created_at) on records.due_work to patchbay_connection, patchbay_jobs`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table records.due_work`);
  }
}
