import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What questions read. Each projection has two tables, slots a and b, and a view over the one its row in projection_slots points to: a rebuild
 * fills the other slot, then one UPDATE of the pointer shows it. In the view the condition on the pointer depends on no row, so the server
 * evaluates it once and never looks into the other slot.
 *
 * Row policies. Inside a view the policies of the view's owner apply (security_invoker is PostgreSQL 15's, and 14 is supported), but settings
 * and current_user are those of whoever asks. So the policies compare with these, and are forced on the owner.
 */
export class ReadModelsTables1795550000201 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table read_models.projection_slots (
        projection text primary key,
        live       text not null default 'a' check (live in ('a', 'b')),
        version_a  integer,
        version_b  integer
      )`);
    await runner.query(`insert into read_models.projection_slots (projection) values ('connectors'), ('workspace-connections')`);

    for (const slot of ['a', 'b']) {
      await runner.query(`
        create table read_models.connectors_${slot} (
          key           text collate "C" primary key,
          version       integer not null,
          name          text not null,
          name_folded   text collate "C" not null,
          status        text not null,
          category_keys text[] not null,
          definition    jsonb not null,
          stale         boolean not null default false,
          position      bigint not null
        )`);

      await runner.query(`
        create table read_models.workspace_connections_${slot} (
          id                text collate "C" primary key,
          workspace_id      text collate "C" not null,
          connector_key     text collate "C" not null,
          connector_version integer not null,
          name              text not null,
          name_folded       text collate "C" not null,
          auth_type         text not null,
          service_url       text,
          settings          jsonb not null,
          environment       text,
          labels            jsonb not null,
          status            text collate "C" not null,
          status_code       text,
          status_detail     jsonb,
          status_since      timestamptz not null,
          last_tried_at     timestamptz,
          limited           boolean not null,
          credential        jsonb,
          candidate         jsonb,
          owner             text not null,
          created_by        text not null,
          created_at        timestamptz not null,
          updated_by        text not null,
          updated_at        timestamptz not null,
          verified_at       timestamptz,
          revision          integer not null,
          config_revision   integer not null,
          stale             boolean not null default false,
          position          bigint not null
        )`);
      const connections = `read_models.workspace_connections_${slot}`;
      await runner.query(`create index on ${connections} (workspace_id, name_folded, id)`);
      await runner.query(`create index on ${connections} (workspace_id, created_at, id)`);

      await runner.query(`alter table ${connections} enable row level security`);
      await runner.query(`alter table ${connections} force row level security`);
      await runner.query(`
        create policy one_workspace on ${connections} for select
        using (workspace_id = current_setting('patchbay.workspace', true))`);
      await runner.query(`
        create policy all_workspaces on ${connections} for select to current_user
        using (current_user in ('patchbay_projections', 'patchbay_jobs'))`);
      await runner.query(`
        create policy projecting on ${connections} for all to patchbay_projections
        using (true) with check (true)`);
    }

    for (const [projection, table] of [
      ['connectors', 'connectors'],
      ['workspace-connections', 'workspace_connections'],
    ]) {
      const live = `(select live from read_models.projection_slots where projection = '${projection}')`;
      await runner.query(`
        create view read_models.${table} as
        select * from read_models.${table}_a where ${live} = 'a'
        union all
        select * from read_models.${table}_b where ${live} = 'b'`);
    }

    await runner.query(`grant usage on schema read_models to patchbay_connection, patchbay_projections, patchbay_jobs`);
    await runner.query(`
      grant select on read_models.connectors, read_models.workspace_connections, read_models.projection_slots
      to patchbay_connection, patchbay_projections, patchbay_jobs`);
    await runner.query(`grant update on read_models.projection_slots to patchbay_projections`);
    await runner.query(`
      grant select, insert, update, delete, truncate
      on read_models.connectors_a, read_models.connectors_b, read_models.workspace_connections_a, read_models.workspace_connections_b
      to patchbay_projections`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['connectors', 'workspace_connections']) {
      await runner.query(`drop view read_models.${table}`);
      await runner.query(`drop table read_models.${table}_a, read_models.${table}_b`);
    }
    await runner.query(`drop table read_models.projection_slots`);
  }
}
