import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What others may read by SQL, as the role patchbay_reader: a contract, so its columns are named one by one and a breaking change is a view
 * `_v2` beside it. The views stand on those that follow the pointer, and so outlive every rebuild. The role works for all workspaces.
 */
export class ReadPublishedViews1795550000205 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create schema if not exists published`);
    await runner.query(`
      create view published.connections_v1 as
      select id, workspace_id, connector_key, connector_version, name, auth_type, service_url, environment, labels,
             status, status_code, status_since, limited,
             (credential ->> 'version')::integer as credential_version, (credential ->> 'expiresAt')::timestamptz as credential_expires_at,
             owner, created_at, updated_at, verified_at, revision, stale
        from read_models.workspace_connections`);
    await runner.query(`
      create view published.connectors_v1 as
      select key, version, name, status, category_keys, definition, stale from read_models.connectors`);
    for (const slot of ['a', 'b']) {
      await runner.query(`
        create policy published on read_models.workspace_connections_${slot} for select to current_user
        using (current_user = 'patchbay_reader')`);
    }
    await runner.query(`grant usage on schema published to patchbay_reader`);
    await runner.query(`grant select on published.connections_v1, published.connectors_v1 to patchbay_reader`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const slot of ['a', 'b']) await runner.query(`drop policy published on read_models.workspace_connections_${slot}`);
    await runner.query(`drop schema published cascade`);
  }
}
