import { readModelTables, takeNames, writeConnections, type ReadModelTables } from '../test/read-model-tables';
import { findConnectionByName } from './find-connection-by-name';
import { listConnections, type ListConnections } from './list-connections';

describe('finding a connection by name', () => {
  let tables: ReadModelTables;
  beforeAll(async () => {
    tables = await readModelTables();
  });
  afterAll(() => tables.drop());

  let workspaces = 0;
  let workspace: string;
  beforeEach(() => {
    workspaces += 1;
    workspace = `w${workspaces}`;
  });

  const find = (name: string) => tables.connection.inWorkspace(workspace, (tx) => findConnectionByName(tx, name));
  const list = async (asked: ListConnections) =>
    (await tables.connection.inWorkspace(workspace, (tx) => listConnections(tx, asked))).items.map(({ id, renamedTo = null }) => [
      id,
      renamedTo,
    ]);

  /** A connection and the names it took, each with the position of the event; the last one is its present name. */
  async function connection(taken: Readonly<Record<string, number>>, status = 'active'): Promise<string> {
    const names = Object.entries(taken);
    const [name = ''] = names.at(-1) ?? [];
    const [id = ''] = await writeConnections(tables.projections, [{ workspace, name, status }]);
    await takeNames(
      tables.projections,
      names.map(([each, position]) => ({ workspace, name: each, connectionId: id, position })),
    );
    return id;
  }

  it('answers the one that has it, whatever the case', async () => {
    const id = await connection({ Straße: 1 });
    expect(await find(' STRASSE')).toEqual({ connectionId: id, name: 'Straße' });
    expect(await list({ name: ' STRASSE' })).toEqual([[id, null]]);
  });

  it('answers by a name it had before, with the one it has now', async () => {
    const id = await connection({ Orders: 1, Invoices: 2, Bills: 3 });
    for (const name of ['ORDERS', 'invoices']) {
      expect(await find(name)).toEqual({ connectionId: id, name: expect.stringMatching(new RegExp(name, 'i')), renamedTo: 'Bills' });
      expect(await list({ name })).toEqual([[id, 'Bills']]);
    }
    expect(await find('Bills')).toEqual({ connectionId: id, name: 'Bills' });
  });

  it('forgets who had it once another has taken it, for good', async () => {
    await connection({ Orders: 1, Invoices: 2, Shops: 3 });
    const taker = await connection({ Orders: 4 });
    expect(await find('Orders')).toEqual({ connectionId: taker, name: 'Orders' });
    expect(await list({ name: 'Orders' })).toEqual([[taker, null]]);

    const mover = await connection({ Invoices: 5, Bills: 6 });
    expect(await find('Invoices')).toEqual({ connectionId: mover, name: 'Invoices', renamedTo: 'Bills' });
    expect(await list({ name: 'Invoices' })).toEqual([[mover, 'Bills']]);
  });

  it('answers none where the last one is removed, even if others had the name before', async () => {
    await connection({ Orders: 1, Invoices: 2 });
    const removed = await connection({ Orders: 3 }, 'removed');
    expect(await find('Orders')).toBeNull();
    expect(await list({ name: 'Orders' })).toEqual([]);
    expect(await list({ name: 'Orders', status: ['removed'] })).toEqual([[removed, null]]);
  });

  it('answers none by a name that nobody had, or that another workspace knows', async () => {
    await connection({ Orders: 1 });
    expect(await find('Bills')).toBeNull();
    workspace = 'elsewhere';
    expect(await find('Orders')).toBeNull();
    expect(await list({ name: 'Orders' })).toEqual([]);
  });

  it('says of no connection that it was renamed unless it was asked for by name', async () => {
    const id = await connection({ Orders: 1, Invoices: 2 });
    expect(await list({})).toEqual([[id, null]]);
    expect(await list({ q: 'invoices' })).toEqual([[id, null]]);
  });
});
