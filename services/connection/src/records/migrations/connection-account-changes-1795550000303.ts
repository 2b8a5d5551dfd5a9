import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Candidates that wait, and of which somebody said that they may belong to another account than the connection does. */
export class ConnectionAccountChanges1795550000303 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table records.account_changes (
        secret_id     uuid primary key,
        workspace_id  text collate "C" not null,
        connection_id text collate "C" not null,
        until         timestamptz not null
      )`);
    await runner.query(`create index on records.account_changes (until)`);

    await runner.query(`alter table records.account_changes enable row level security`);
    await runner.query(`alter table records.account_changes force row level security`);
    await runner.query(`
      create policy one_workspace on records.account_changes for all to patchbay_connection
      using (workspace_id = current_setting('patchbay.workspace', true))
      with check (workspace_id = current_setting('patchbay.workspace', true))`);
    await runner.query(`create policy all_workspaces on records.account_changes for all to patchbay_jobs using (true) with check (true)`);

    // What was allowed for a candidate is never taken back: the candidate is.
    await runner.query(`grant select, insert on records.account_changes to patchbay_connection`);
    await runner.query(`grant select, delete on records.account_changes to patchbay_jobs`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table records.account_changes`);
  }
}
