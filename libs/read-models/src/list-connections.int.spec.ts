import fc from 'fast-check';
import { ConnectionAccounts } from '#vault';
import { readModelTables, writeConnections, type ReadModelTables, type Written } from '../test/read-model-tables';
import { connectedCounts } from './connected-counts';
import { findConnection } from './find-connection';
import { connectionSorts, listConnections, type ListConnections } from './list-connections';
import { CursorDoesNotFit } from './page-cursor';

describe('listing connections', () => {
  let tables: ReadModelTables;

  beforeAll(async () => {
    tables = await readModelTables();
    await writeConnections(tables.projections, [
      { name: 'Orders – production', serviceUrl: 'https://orders.example.com', labels: { team: 'sales' } },
      { name: 'orders – sandbox', status: 'error', labels: { team: 'sales', tier: 'test' } },
      { name: 'Straße', connector: 'stripe', status: 'pending', labels: { team: 'finance' } },
      { name: 'Gone', status: 'removed' },
      { name: 'Elsewhere', workspace: 'umbrella' },
    ]);
    await tables.projections.query(
      `insert into read_models.connectors_a (key, version, name, name_folded, status, category_keys, definition, position)
       values ('stripe', 1, 'Stripe', 'stripe', 'available', '{payments}', '{}', 1)`,
    );
  });
  afterAll(() => tables.drop());

  const names = async (asked?: ListConnections) =>
    (await tables.connection.inWorkspace('acme', (tx) => listConnections(tx, asked))).items.map(({ name }) => name);

  it('shows those of the workspace that are not removed, by name whatever the case', async () => {
    expect(await names()).toEqual(['Orders – production', 'orders – sandbox', 'Straße']);
  });

  it.each<[string, ListConnections, readonly string[]]>([
    ['status', { status: ['error', 'pending'] }, ['orders – sandbox', 'Straße']],
    ['a status that is otherwise left out', { status: ['removed'] }, ['Gone']],
    ['connector', { connector: 'stripe' }, ['Straße']],
    ['category', { category: 'payments' }, ['Straße']],
    ['a category that nothing is in', { category: 'mail' }, []],
    ['label', { label: { key: 'team', value: 'sales' } }, ['Orders – production', 'orders – sandbox']],
    ['label, whatever its value', { label: { key: 'tier' } }, ['orders – sandbox']],
    ['part of a name, whatever the case', { q: 'ORDERS' }, ['Orders – production', 'orders – sandbox']],
    ['part of the service URL', { q: 'orders.example' }, ['Orders – production']],
    ['text that would be a pattern elsewhere', { q: '%' }, []],
    ['the whole name as names are compared', { name: ' STRASSE ' }, ['Straße']],
    ['several things at once', { q: 'orders', status: ['active'] }, ['Orders – production']],
  ])('is filtered by %s', async (_, asked, found) => {
    expect(await names(asked)).toEqual(found);
  });

  it('shows who a connection is at its service, and finds it by that', async () => {
    const [id = ''] = await writeConnections(tables.projections, [{ workspace: 'hooli', name: 'Shop' }]);
    await new ConnectionAccounts(tables.connection).keep({ workspaceId: 'hooli', connectionId: id, id: 'a-1', label: 'Shop of Åsa' });
    const list = await tables.connection.inWorkspace('hooli', (tx) => listConnections(tx, { q: 'åsa' }));
    expect(list.items).toMatchObject([{ id, account: { id: 'a-1', label: 'Shop of Åsa' }, lastUsedAt: null, usageCount: 0 }]);
  });

  it('counts those of the workspace by connector', async () => {
    const counts = await tables.connection.inWorkspace('acme', connectedCounts);
    expect(Object.fromEntries(counts)).toEqual({ http: 2, stripe: 1 });
  });
});

describe('finding a connection', () => {
  let tables: ReadModelTables;
  beforeAll(async () => {
    tables = await readModelTables();
  });
  afterAll(() => tables.drop());

  it('gives the row whole, positions beyond the numbers JavaScript counts with included', async () => {
    const [id = ''] = await writeConnections(tables.projections, [{ name: 'Orders', labels: { team: 'sales' } }]);
    expect(await tables.connection.inWorkspace('acme', (tx) => findConnection(tx, id))).toMatchObject({
      id,
      workspaceId: 'acme',
      settings: { apiKeyIn: 'header' },
      labels: { team: 'sales' },
      createdAt: new Date('2026-11-24T09:00:00.000Z'),
      account: null,
      position: 9007199254740993n,
    });
  });

  it('finds none of another workspace, and nothing under an id that is none', async () => {
    const [id = ''] = await writeConnections(tables.projections, [{ workspace: 'umbrella' }]);
    expect(await tables.connection.inWorkspace('acme', (tx) => findConnection(tx, id))).toBeNull();
    expect(await tables.connection.inWorkspace('acme', (tx) => findConnection(tx, "' or true --"))).toBeNull();
  });
});

describe('paging through connections', () => {
  let tables: ReadModelTables;
  beforeAll(async () => {
    tables = await readModelTables();
  });
  afterAll(() => tables.drop());

  // Few different values, so that many rows are alike in what they are sorted by.
  const written = fc.record({
    name: fc.constantFrom('a', 'A', 'b', 'ä', '😀'),
    status: fc.constantFrom('active', 'error'),
    createdAt: fc.constantFrom('2026-11-24T09:00:00.000Z', '2026-11-24T09:00:00.001Z'),
  });
  let pages = 0;

  it('shows every row once and in the order of one long page, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(written, { maxLength: 12 }),
        fc.constantFrom(...connectionSorts),
        fc.integer({ min: 1, max: 5 }),
        async (connections: readonly Written[], sort, limit) => {
          pages += 1;
          const workspace = `w${pages}`;
          await writeConnections(
            tables.projections,
            connections.map((connection) => ({ ...connection, workspace })),
          );
          const whole = await tables.connection.inWorkspace(workspace, (tx) => listConnections(tx, { sort }));
          const cut: string[] = [];
          let cursor: string | null = null;
          do {
            const asked: ListConnections = { sort, limit, ...(cursor !== null && { cursor }) };
            const page = await tables.connection.inWorkspace(workspace, (tx) => listConnections(tx, asked));
            expect(page.items.length).toBeLessThanOrEqual(limit);
            cut.push(...page.items.map(({ id }) => id));
            cursor = page.nextCursor;
          } while (cursor !== null);
          expect(cut).toEqual(whole.items.map(({ id }) => id));
          expect(cut).toHaveLength(connections.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each<[string, ListConnections]>([
    ['another order', { sort: '-name' }],
    ['another filter', { status: ['error'] }],
    ['another label', { label: { key: 'a', value: 'b' } }],
  ])('refuses a cursor of a list with %s', async (_, asked) => {
    await writeConnections(tables.projections, [{ workspace: 'paged' }, { workspace: 'paged' }]);
    const inPaged = (wanted: ListConnections) => tables.connection.inWorkspace('paged', (tx) => listConnections(tx, wanted));
    const { nextCursor } = await inPaged({ limit: 1 });
    await expect(inPaged({ ...asked, cursor: nextCursor! })).rejects.toThrow(CursorDoesNotFit);
  });

  it.each(['', 'no cursor', Buffer.from('[1]').toString('base64url'), Buffer.from('{}').toString('base64url')])(
    'refuses %j, which is no cursor of ours',
    async (cursor) => {
      await expect(tables.connection.inWorkspace('acme', (tx) => listConnections(tx, { cursor }))).rejects.toThrow(CursorDoesNotFit);
    },
  );

  it('never shows more than 200 at once', async () => {
    await writeConnections(
      tables.projections,
      Array.from({ length: 201 }, () => ({ workspace: 'many' })),
    );
    const { items, nextCursor } = await tables.connection.inWorkspace('many', (tx) => listConnections(tx, { limit: 1_000 }));
    expect(items).toHaveLength(200);
    expect(nextCursor).not.toBeNull();
  });
});
