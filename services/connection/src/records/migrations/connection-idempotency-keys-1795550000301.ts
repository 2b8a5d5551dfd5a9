import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was asked for under which `Idempotency-Key`. A row holds no word of the request and none of its answer: a keyed fingerprint of the one,
 * and the id under which the vault has sealed the other.
 */
export class ConnectionIdempotencyKeys1795550000301 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create schema if not exists records`);

    await runner.query(`
      create table records.idempotency_keys (
        workspace_id  text collate "C" not null,
        principal     text collate "C" not null,
        operation     text collate "C" not null,
        key           text collate "C" not null check (key ~ '^[!-~]{1,255}$'),
        fingerprint   text not null,
        command_id    uuid not null,
        connection_id uuid not null,
        secret_id     uuid not null,
        answer_id     uuid not null,
        state         text not null default 'running' check (state in ('running', 'done')),
        attempt       integer not null default 1 check (attempt > 0),
        lease_until   timestamptz not null,
        created_at    timestamptz not null default now(),
        expires_at    timestamptz not null,
        primary key (workspace_id, principal, operation, key)
      )`);
    await runner.query(`create index on records.idempotency_keys (expires_at)`);

    await runner.query(`alter table records.idempotency_keys enable row level security`);
    await runner.query(`alter table records.idempotency_keys force row level security`);
    await runner.query(`
      create policy one_workspace on records.idempotency_keys for all to patchbay_connection
      using (workspace_id = current_setting('patchbay.workspace', true))
      with check (workspace_id = current_setting('patchbay.workspace', true))`);
    await runner.query(`
      create policy all_workspaces on records.idempotency_keys for all to patchbay_jobs
      using (true) with check (true)`);

    await runner.query(`grant usage on schema records to patchbay_connection, patchbay_jobs`);
    await runner.query(`grant select, insert, delete on records.idempotency_keys to patchbay_connection`);
    // Who asked for what never changes: only how far it has come does.
    await runner.query(`grant update (state, attempt, lease_until) on records.idempotency_keys to patchbay_connection`);
    await runner.query(`grant select, delete on records.idempotency_keys to patchbay_jobs`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table records.idempotency_keys`);
  }
}
