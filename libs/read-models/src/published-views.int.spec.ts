import { Database } from '#postgres';
import { readModelTables, writeConnections, type ReadModelTables } from '../test/read-model-tables';

/** What others read by SQL: a contract. */
describe('the published views', () => {
  let tables: ReadModelTables;
  let reader: Database;

  beforeAll(async () => {
    tables = await readModelTables();
    reader = await tables.open('patchbay_reader');
    await writeConnections(tables.projections, [
      { workspace: 'acme', name: 'Ours' },
      { workspace: 'umbrella', name: 'Theirs' },
    ]);
    await writeConnections(tables.projections, [{ workspace: 'acme', name: 'Rebuilt' }], 'b');
  });
  afterAll(() => tables.drop());

  const names = async () =>
    (await reader.query<{ name: string }>(`select name from published.connections_v1 order by name`)).map(({ name }) => name);

  it('show the connections of every workspace, and follow the pointer', async () => {
    expect(await names()).toEqual(['Ours', 'Theirs']);
    await tables.projections.query(`update read_models.projection_slots set live = 'b' where projection = 'workspace-connections'`);
    expect(await names()).toEqual(['Rebuilt']);
    await tables.projections.query(`update read_models.projection_slots set live = 'a' where projection = 'workspace-connections'`);
  });

  it.each([
    [
      'connections_v1',
      `id workspace_id connector_key connector_version name auth_type service_url environment labels status status_code status_since
       limited credential_version credential_expires_at owner created_at updated_at verified_at revision stale`,
    ],
    ['connectors_v1', 'key version name status category_keys definition stale'],
  ])('%s has the columns that were promised: another set is another version', async (view, columns) => {
    const found = await reader.query<{ name: string }>(
      `select attname::text as name from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum`,
      [`published.${view}`],
    );
    expect(found.map(({ name }) => name)).toEqual(columns.split(/\s+/));
  });

  it.each([
    'read_models.workspace_connections',
    'read_models.workspace_connections_a',
    'read_models.projection_slots',
    'vault.vault_secrets',
  ])('are all that their reader sees: not %s', async (table) => {
    await expect(reader.query(`select from ${table}`)).rejects.toMatchObject({ code: '42501' });
  });

  it('are read only', async () => {
    await expect(reader.query(`delete from published.connectors_v1`)).rejects.toThrow();
    expect(
      await reader.query(
        `select privilege_type from information_schema.table_privileges where table_schema = 'published' and privilege_type <> 'SELECT'`,
      ),
    ).toEqual([]);
  });
});
