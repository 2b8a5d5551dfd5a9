import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The vault's tables. patchbay_projections and patchbay_reader get nothing, not even the right to see that the schema is there. */
export class VaultTables1795550000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create schema vault`);

    await runner.query(`
      create table vault.workspace_keys (
        kek_id       uuid primary key,
        workspace_id text not null,
        version      integer not null check (version > 0),
        wrapped      bytea not null,
        root_key_id  text not null,
        state        text not null check (state in ('active', 'retired')),
        created_at   timestamptz not null default now(),
        unique (workspace_id, version)
      )`);
    await runner.query(`create unique index workspace_keys_active on vault.workspace_keys (workspace_id) where state = 'active'`);

    await runner.query(`
      create table vault.fingerprint_keys (
        workspace_id text primary key,
        wrapped      bytea not null,
        root_key_id  text not null,
        created_at   timestamptz not null default now()
      )`);

    await runner.query(`
      create table vault.secrets (
        secret_id             uuid primary key,
        workspace_id          text not null,
        connection_id         text not null,
        kind                  text not null check (kind in ('credential', 'webhook_signing', 'oauth_client', 'flow', 'answer')),
        bound_to              text,
        purpose               text check (purpose in ('candidate', 'refresh')),
        sealed_at             timestamptz not null default now(),
        activated_at_revision bigint check (activated_at_revision >= 0),
        expires_at            timestamptz,
        retired_at            timestamptz,
        alg                   text not null,
        kek_id                uuid not null,
        wrapped_dek           bytea not null,
        iv                    bytea not null check (octet_length(iv) = 12),
        ciphertext            bytea not null,
        tag                   bytea not null check (octet_length(tag) = 16),
        commitment            bytea not null check (octet_length(commitment) = 32),
        constraint only_credentials_wait check (purpose is null or kind = 'credential'),
        constraint activated_has_no_purpose check (activated_at_revision is null or purpose is null)
      )`);
    // Its text is ciphertext: compressing it costs time and saves nothing.
    await runner.query(`alter table vault.secrets alter column ciphertext set storage external`);

    await runner.query(`
      create table vault.vault_heads (
        connection_id    text primary key,
        workspace_id     text not null,
        settled          jsonb,
        settled_revision bigint check (settled_revision >= 0),
        marks            jsonb not null default '{}' check (jsonb_typeof(marks) = 'object'),
        constraint settled_at_a_revision check ((settled is null) = (settled_revision is null))
      )`);

    await runner.query(`
      create table vault.connection_accounts (
        workspace_id  text not null,
        connection_id text not null,
        account_id    text,
        account_label text,
        updated_at    timestamptz not null default now(),
        primary key (workspace_id, connection_id)
      )`);

    await runner.query(`grant usage on schema vault to patchbay_connection, patchbay_jobs`);
    await runner.query(`grant select, insert on vault.workspace_keys, vault.fingerprint_keys to patchbay_connection`);
    // What was sealed never changes: only a secret's standing does.
    await runner.query(`grant select, insert, delete on vault.secrets to patchbay_connection`);
    await runner.query(`grant update (purpose, activated_at_revision, expires_at, retired_at) on vault.secrets to patchbay_connection`);
    await runner.query(`grant select, insert, update on vault.vault_heads to patchbay_connection`);
    await runner.query(`grant select, insert, update, delete on vault.connection_accounts to patchbay_connection`);
    await runner.query(`grant all on all tables in schema vault to patchbay_jobs`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The vault is not undone: what it holds cannot be made again. Restore a backup.'));
  }
}
