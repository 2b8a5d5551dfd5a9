import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How keys are changed while they are in use: what was asked for and how far it is, how often a key wrapped, and what the log is still to be told. */
export class KeyRotations1795550000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The proof that a key may go is the database's: it does not let a key go on which a row hangs, nor a row come whose key is gone.
    await runner.query(`create index secrets_by_key on vault.secrets (kek_id, secret_id)`);
    await runner.query(`
      alter table vault.secrets add constraint sealed_under_a_key foreign key (kek_id) references vault.workspace_keys (kek_id)`);

    await runner.query(`
      create table vault.key_wraps (
        kek_id   uuid primary key references vault.workspace_keys (kek_id) on delete cascade,
        reserved bigint not null check (reserved > 0)
      )`);

    await runner.query(`
      create table vault.key_rotations (
        rotation_id  uuid primary key,
        level        text not null check (level in ('root', 'workspace')),
        workspace_id text,
        mode         text not null check (mode in ('rewrap', 'reencrypt')),
        reason       text not null check (reason in ('asked', 'worn')),
        asked_by     text not null,
        asked_at     timestamptz not null default now(),
        total        bigint,
        done         bigint not null default 0,
        finished_at  timestamptz,
        constraint root_keys_belong_to_nobody check (level = 'workspace' or (workspace_id is null and mode = 'rewrap'))
      )`);
    await runner.query(`create index key_rotations_under_way on vault.key_rotations (asked_at) where finished_at is null`);

    await runner.query(`
      create table vault.key_happenings (
        happening_id bigint generated always as identity primary key,
        command_id   uuid not null default gen_random_uuid(),
        type         text not null,
        data         jsonb not null,
        happened_at  timestamptz not null default now()
      )`);

    await runner.query(`grant select, insert on vault.key_wraps, vault.key_rotations to patchbay_connection`);
    await runner.query(`grant update (reserved) on vault.key_wraps to patchbay_connection`);
    await runner.query(`grant select, insert on vault.key_happenings to patchbay_connection`);
    await runner.query(`grant all on vault.key_wraps, vault.key_rotations, vault.key_happenings to patchbay_jobs`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The vault is not undone: what it holds cannot be made again. Restore a backup.'));
  }
}
