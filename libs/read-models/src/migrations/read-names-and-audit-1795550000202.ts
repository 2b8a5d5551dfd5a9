import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who had which name, and what happened. Like the tables before them in two slots behind one view, with policies that hold inside it. Their
 * rows are made of one event each, so none is ever older than the log: there is no column `stale`.
 */
export class ReadNamesAndAudit1795550000202 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`insert into read_models.projection_slots (projection) values ('audit-entries'), ('connection-names')`);

    for (const slot of ['a', 'b']) {
      await runner.query(`
        create table read_models.connection_names_${slot} (
          workspace_id  text collate "C" not null,
          name_folded   text collate "C" not null,
          connection_id text collate "C" not null,
          name          text not null,
          position      bigint not null,
          primary key (workspace_id, name_folded, connection_id)
        )`);

      // What happens to connectors belongs to no workspace and is nobody's secret; what happens to a connection always belongs to one.
      await runner.query(`
        create table read_models.audit_entries_${slot} (
          position       bigint primary key,
          event_id       uuid not null,
          stream         text collate "C" not null,
          revision       integer not null,
          type           text collate "C" not null,
          workspace_id   text collate "C",
          connection_id  text collate "C",
          actor_kind     text not null,
          actor_id       text collate "C" not null,
          client_id      text,
          on_behalf_of   text,
          command_id     uuid not null,
          correlation_id text not null,
          occurred_at    timestamptz not null,
          data           jsonb not null,
          check (workspace_id is not null or connection_id is null)
        )`);
      const entries = `read_models.audit_entries_${slot}`;
      await runner.query(`create index on ${entries} (workspace_id, position)`);
      await runner.query(`create index on ${entries} (connection_id, position)`);
      await runner.query(`create index on ${entries} (workspace_id, actor_id, position)`);
      await runner.query(`create index on ${entries} (workspace_id, type, position)`);
      await runner.query(`create index on ${entries} (workspace_id, occurred_at)`);

      for (const [table, visible] of [
        [`read_models.connection_names_${slot}`, `workspace_id = current_setting('patchbay.workspace', true)`],
        [entries, `workspace_id is null or workspace_id = current_setting('patchbay.workspace', true)`],
      ]) {
        await runner.query(`alter table ${table} enable row level security`);
        await runner.query(`alter table ${table} force row level security`);
        await runner.query(`create policy one_workspace on ${table} for select using (${visible})`);
        await runner.query(`
          create policy all_workspaces on ${table} for select to current_user
          using (current_user in ('patchbay_projections', 'patchbay_jobs'))`);
        await runner.query(`
          create policy projecting on ${table} for all to patchbay_projections
          using (true) with check (true)`);
      }
    }

    for (const [projection, table] of [
      ['audit-entries', 'audit_entries'],
      ['connection-names', 'connection_names'],
    ]) {
      const live = `(select live from read_models.projection_slots where projection = '${projection}')`;
      await runner.query(`
        create view read_models.${table} as
        select * from read_models.${table}_a where ${live} = 'a'
        union all
        select * from read_models.${table}_b where ${live} = 'b'`);
    }

    await runner.query(`
      grant select on read_models.audit_entries, read_models.connection_names
      to patchbay_connection, patchbay_projections, patchbay_jobs`);
    await runner.query(`
      grant select, insert, update, delete, truncate
      on read_models.audit_entries_a, read_models.audit_entries_b, read_models.connection_names_a, read_models.connection_names_b
      to patchbay_projections`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['audit_entries', 'connection_names']) {
      await runner.query(`drop view read_models.${table}`);
      await runner.query(`drop table read_models.${table}_a, read_models.${table}_b`);
    }
    await runner.query(`delete from read_models.projection_slots where projection in ('audit-entries', 'connection-names')`);
  }
}
