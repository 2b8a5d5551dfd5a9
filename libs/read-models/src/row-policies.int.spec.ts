import { rows, type Database } from '#postgres';
import { readModelTables, takeNames, writeConnections, writeEntries, type ReadModelTables } from '../test/read-model-tables';

/** The second wall: what a forgotten WHERE would show. Nothing here filters by workspace. */
describe('the rows of another workspace', () => {
  let tables: ReadModelTables;

  beforeAll(async () => {
    tables = await readModelTables();
    await writeConnections(tables.projections, [
      { workspace: 'acme', name: 'Ours' },
      { workspace: 'umbrella', name: 'Theirs' },
    ]);
  });
  afterAll(() => tables.drop());

  const everything = `select name from read_models.workspace_connections order by name`;
  const names = async (database: Database, workspace: string) =>
    (await database.inWorkspace(workspace, (tx) => rows<{ name: string }>(tx, everything))).map(({ name }) => name);

  it('are kept from a role that row policies bind', async () => {
    const [role] = await tables.connection.query(`
      select current_user::text as role, rolsuper, rolbypassrls, pg_has_role(current_user, relowner, 'member') as owns
        from pg_roles, pg_class where rolname = current_user and pg_class.oid = 'read_models.workspace_connections'::regclass`);
    expect(role).toEqual({ role: 'patchbay_connection', rolsuper: false, rolbypassrls: false, owns: false });
  });

  it('are not in a list that was not asked to leave them out', async () => {
    expect(await names(tables.connection, 'acme')).toEqual(['Ours']);
    expect(await names(tables.connection, 'umbrella')).toEqual(['Theirs']);
  });

  it('are not there without a workspace, nor after one that has ended', async () => {
    expect(await tables.connection.query(everything)).toEqual([]);
    await names(tables.connection, 'acme');
    expect(await tables.connection.query(everything)).toEqual([]);
  });

  it('are not among names and entries either; what happened to the catalog is everybody’s', async () => {
    await takeNames(tables.projections, [
      { workspace: 'acme', name: 'Ours', connectionId: 'c-1', position: 2 },
      { workspace: 'umbrella', name: 'Theirs', connectionId: 'c-2', position: 3 },
    ]);
    await writeEntries(tables.projections, [
      { position: 1, workspace: null },
      { position: 2, workspace: 'acme', connection: 'c-1' },
      { position: 3, workspace: 'umbrella', connection: 'c-2' },
    ]);
    const named = `select connection_id from read_models.connection_names order by 1`;
    const entered = `select connection_id from read_models.audit_entries order by position`;
    const ids = async (database: Database, asked: string, workspace: string) =>
      (await database.inWorkspace(workspace, (tx) => rows<{ connection_id: string | null }>(tx, asked))).map((row) => row.connection_id);
    expect(await ids(tables.connection, named, 'acme')).toEqual(['c-1']);
    expect(await ids(tables.connection, named, 'nobody')).toEqual([]);
    expect(await ids(tables.connection, entered, 'acme')).toEqual([null, 'c-1']);
    expect(await ids(tables.connection, entered, 'nobody')).toEqual([null]);
    expect(await ids(tables.jobs, named, 'acme')).toEqual(['c-1', 'c-2']);
    expect(await ids(tables.jobs, entered, 'acme')).toEqual([null, 'c-1', 'c-2']);
  });

  it('are never nobody’s where a connection is concerned', async () => {
    await expect(writeEntries(tables.projections, [{ position: 4, workspace: null, connection: 'c-1' }])).rejects.toMatchObject({
      code: '23514',
    });
  });

  it.each(['workspace_connections', 'connection_names', 'audit_entries'].flatMap((table) => [`${table}_a`, `${table}_b`]))(
    'cannot be reached behind the view, in %s',
    async (table) => {
      await expect(tables.connection.query(`select 1 from read_models.${table}`)).rejects.toMatchObject({ code: '42501' });
    },
  );

  it('do not show through an expression of the asker that is evaluated early', async () => {
    const leaking = `select name from read_models.workspace_connections where 1 / (case when name = 'Theirs' then 0 else 1 end) = 1`;
    expect(await tables.connection.inWorkspace('acme', (tx) => rows(tx, leaking))).toEqual([{ name: 'Ours' }]);
  });

  it('are seen by those who work for all workspaces', async () => {
    const both = [{ name: 'Ours' }, { name: 'Theirs' }];
    expect(await tables.jobs.query(everything)).toEqual(both);
    expect(await tables.projections.query(everything)).toEqual(both);
  });

  it('cannot be written by those who ask', async () => {
    await expect(tables.connection.query(`update read_models.workspace_connections_a set name = 'Mine'`)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(tables.connection.query(`delete from read_models.workspace_connections`)).rejects.toThrow();
  });
});

describe('the slots of a projection', () => {
  let tables: ReadModelTables;

  beforeAll(async () => {
    tables = await readModelTables();
    await writeConnections(tables.projections, [{ name: 'Live' }], 'a');
    await writeConnections(tables.projections, [{ name: 'Rebuilt' }], 'b');
  });
  afterAll(() => tables.drop());

  const shown = () =>
    tables.connection.inWorkspace('acme', (tx) => rows<{ name: string }>(tx, `select name from read_models.workspace_connections`));
  const show = (slot: 'a' | 'b') =>
    tables.projections.query(`update read_models.projection_slots set live = $1 where projection = 'workspace-connections'`, [slot]);

  it('change places by one update of the pointer', async () => {
    expect(await shown()).toEqual([{ name: 'Live' }]);
    await show('b');
    expect(await shown()).toEqual([{ name: 'Rebuilt' }]);
    await show('a');
    expect(await shown()).toEqual([{ name: 'Live' }]);
  });

  it('cost nothing while they are not shown: the server does not look into them', async () => {
    const plan = await tables.connection.inWorkspace('acme', (tx) =>
      rows<{ 'QUERY PLAN': string }>(tx, `explain (analyze, costs off, timing off) select name from read_models.workspace_connections`),
    );
    const lines = plan.map((line) => line['QUERY PLAN']);
    const scans = lines.filter((line) => line.includes('workspace_connections_'));
    expect(scans.filter((line) => line.includes('_b'))).toEqual([expect.stringContaining('never executed')]);
    expect(scans.filter((line) => line.includes('_a'))).not.toEqual([expect.stringContaining('never executed')]);
  });

  it.each([
    ['workspace_connections', 'name_folded, id'],
    ['workspace_connections', 'created_at desc, id desc'],
    ['audit_entries', 'position desc'],
  ])('let a page of %s by %s be read from an index, however many rows there are', async (view, order) => {
    const plan = await tables.connection.inWorkspace('acme', async (tx) => {
      await tx.query(`set local enable_seqscan = off`);
      await tx.query(`set local enable_sort = off`);
      return rows<{ 'QUERY PLAN': string }>(
        tx,
        `explain (costs off) select * from read_models.${view}
          where workspace_id = current_setting('patchbay.workspace', true) order by ${order} limit 51`,
      );
    });
    const lines = plan.map((line) => line['QUERY PLAN'].trim());
    expect(lines).toContainEqual(expect.stringMatching(/Merge Append/));
    expect(lines).not.toContainEqual(expect.stringMatching(/Sort(?! Key)/));
  });
});
