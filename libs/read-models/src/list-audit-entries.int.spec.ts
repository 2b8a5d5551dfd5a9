import fc from 'fast-check';
import { readModelTables, writeEntries, type ReadModelTables } from '../test/read-model-tables';
import { listAuditEntries, type ListAuditEntries } from './list-audit-entries';
import { cursorAfter, CursorDoesNotFit } from './page-cursor';

const day = (number: number) => `2026-11-0${number}T00:00:00.000Z`;

describe('listing what happened', () => {
  let tables: ReadModelTables;

  beforeAll(async () => {
    tables = await readModelTables();
    await writeEntries(tables.projections, [
      { position: 1, workspace: null, type: 'ConnectorPublished', actor: 'connection', occurredAt: day(1) },
      { position: 2, connection: 'c-1', type: 'ConnectionCreated', actor: 'ada', occurredAt: day(2) },
      { position: 3, connection: 'c-2', type: 'ConnectionCreated', actor: 'grace', occurredAt: day(3) },
      { position: 4, connection: 'c-1', type: 'ConnectionRenamed', actor: 'grace', occurredAt: day(4) },
      { position: 5, workspace: 'umbrella', connection: 'c-3', type: 'ConnectionCreated', actor: 'ada', occurredAt: day(4) },
      { position: 6, connection: 'c-1', type: 'ConnectionRenamed', actor: 'ada', occurredAt: day(5) },
    ]);
  });
  afterAll(() => tables.drop());

  const inAcme = (asked?: ListAuditEntries) => tables.connection.inWorkspace('acme', (tx) => listAuditEntries(tx, asked));
  const positions = async (asked?: ListAuditEntries) => (await inAcme(asked)).items.map(({ position }) => Number(position));

  it.each<[string, ListAuditEntries, readonly number[]]>([
    ['workspace', {}, [6, 4, 3, 2]],
    ['catalog', { ofCatalog: true }, [1]],
    ['connection', { connection: 'c-1' }, [6, 4, 2]],
    ['connection of another workspace', { connection: 'c-3' }, []],
    ['actor', { actor: 'grace' }, [4, 3]],
    ['type', { type: 'ConnectionRenamed' }, [6, 4]],
    ['first day', { from: new Date(day(4)) }, [6, 4]],
    ['day after the last', { to: new Date(day(4)) }, [3, 2]],
    ['several things at once', { connection: 'c-1', actor: 'ada', from: new Date(day(2)), to: new Date(day(3)) }, [2]],
  ])('is newest first, by %s', async (_, asked, found) => {
    expect(await positions(asked)).toEqual(found);
  });

  it('gives a row whole, positions beyond the numbers JavaScript counts with included', async () => {
    const position = '9007199254740993';
    await writeEntries(tables.projections, [{ position, workspace: 'hooli', connection: 'c-9', onBehalfOf: 'ada' }]);
    const { items } = await tables.connection.inWorkspace('hooli', (tx) => listAuditEntries(tx));
    expect(items).toEqual([
      {
        position: 9007199254740993n,
        eventId: expect.any(String),
        stream: 'connection-c-9',
        revision: 0,
        type: 'ConnectionCreated',
        workspaceId: 'hooli',
        connectionId: 'c-9',
        actorKind: 'user',
        actorId: 'ada',
        clientId: null,
        onBehalfOf: 'ada',
        commandId: expect.any(String),
        correlationId: 'trace-7',
        occurredAt: new Date(day(1)),
        data: { name: 'Orders' },
      },
    ]);
  });

  it('shows every entry once, however the list is cut', async () => {
    await writeEntries(
      tables.projections,
      Array.from({ length: 230 }, (_, index) => ({ position: 100 + index, workspace: 'paged', connection: `c-${index % 3}` })),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 20, max: 300 }), fc.constantFrom({}, { connection: 'c-1' }), async (limit, filter) => {
        const cut: number[] = [];
        for (let cursor: string | null | undefined; cursor !== null;) {
          const asked: ListAuditEntries = { ...filter, limit, ...(cursor !== undefined && { cursor }) };
          const page = await tables.connection.inWorkspace('paged', (tx) => listAuditEntries(tx, asked));
          expect(page.items.length).toBeLessThanOrEqual(Math.min(limit, 200));
          cut.push(...page.items.map(({ position }) => Number(position)));
          cursor = page.nextCursor;
        }
        const all = Array.from({ length: 230 }, (_, index) => index).filter((index) => !('connection' in filter) || index % 3 === 1);
        expect(cut).toEqual(all.map((index) => 100 + index).reverse());
      }),
      { numRuns: 12 },
    );
  });

  it('refuses a cursor of another list, and one that holds no position', async () => {
    const { nextCursor } = await inAcme({ limit: 1 });
    await expect(inAcme({ actor: 'ada', cursor: nextCursor! })).rejects.toThrow(CursorDoesNotFit);
    await expect(inAcme({ from: new Date(day(1)), cursor: nextCursor! })).rejects.toThrow(CursorDoesNotFit);
    const forged = cursorAfter(['6 or true'], [false, undefined, undefined, undefined, undefined, undefined]);
    await expect(inAcme({ cursor: forged })).rejects.toThrow(CursorDoesNotFit);
  });
});
