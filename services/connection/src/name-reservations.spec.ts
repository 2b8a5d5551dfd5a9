import { ConnectionStreams } from '#custody';
import { nameStreamId } from '#domain';
import { InMemoryEventStore, newCommandId } from '#event-store';
import fc from 'fast-check';
import type { Commander } from './asker';
import { NameReservations } from './name-reservations';
import { NameStreams } from './streams';

const [one, two] = ['0190a8f0-0000-7000-8000-000000000001', '0190a8f0-0000-7000-8000-000000000002'] as const;
const minute = 60_000;

describe('reserving a name', () => {
  it('is for one connection, whatever the case, and for each workspace apart', async () => {
    const { names, by } = setUp();
    await names.reserve('Orders', one, by('acme'));
    await expect(names.reserve(' ORDERS', two, by('acme'))).rejects.toMatchObject({ reason: 'NameIsTaken' });
    await names.reserve('Orders', two, by('hooli'));
  });

  it('succeeds again for the connection that holds it, and outlives the reservation before it', async () => {
    const { names, by, events } = setUp();
    const before = await names.reserve('Orders', one, by('acme'));
    await names.reserve('orders', one, by('acme'));
    await names.withdraw(before, by('acme'));
    await names.release(before, by('acme'));
    expect(await events('Orders')).toEqual(['NameReserved.v1', 'NameReserved.v1']);
  });

  it('succeeds for anybody once it was released, and releasing for somebody else does nothing', async () => {
    const { names, by, events } = setUp();
    const reservation = await names.reserve('Orders', one, by('acme'));
    await names.releaseRemoved('Orders', two, by('acme'));
    await expect(names.reserve('Orders', two, by('acme'))).rejects.toMatchObject({ reason: 'NameIsTaken' });
    await names.release(reservation, by('acme'));
    await names.reserve('Orders', two, by('acme'));
    expect(await events('Orders')).toEqual(['NameReserved.v1', 'NameReleased.v1', 'NameReserved.v1']);
  });

  it('may be repeated with the same command after it was given back', async () => {
    const { names, by, events } = setUp();
    const commander = by('acme');
    await names.withdraw(await names.reserve('Orders', one, commander), commander);
    await names.reserve('Orders', one, commander);
    expect(await events('Orders')).toEqual(['NameReserved.v1', 'NameReleased.v1', 'NameReserved.v1']);
  });

  it('takes a name from whoever reserved it an hour ago and does not use it, in one append', async () => {
    const { names, by, events, wait } = setUp();
    await names.reserve('Orders', one, by('acme'));
    wait(59 * minute);
    await expect(names.reserve('Orders', two, by('acme'))).rejects.toMatchObject({ reason: 'NameIsTaken' });
    wait(minute);
    await names.reserve('Orders', two, by('acme'));
    expect(await events('Orders')).toEqual(['NameReserved.v1', 'NameReleased.v1', 'NameReserved.v1']);
  });

  it.each([
    ['never takes it from a connection that uses it', 'Orders', 'NameIsTaken'],
    ['takes it from a connection that goes by another name', 'Invoices', null],
  ])('%s', async (_, usedName, reason) => {
    const { names, by, create, wait } = setUp();
    await names.reserve('Orders', one, by('acme'));
    await create(one, usedName);
    wait(24 * 60 * minute);
    const taking = names.reserve('Orders', two, by('acme'));
    await (reason === null
      ? expect(taking).resolves.toMatchObject({ connectionId: two })
      : expect(taking).rejects.toMatchObject({ reason }));
  });
});

describe('numbering connections', () => {
  it('finds a free name however many are taken, and the next one while none was given back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 70 }), async (count) => {
        const { names, by } = setUp();
        for (let number = 0; number < count; number++) await names.reserveNumbered('Date', newCommandId(), by('acme'));
        const next = count === 0 ? 'Date' : `Date ${count + 1}`;
        expect(await names.reserveNumbered('Date', one, by('acme'))).toMatchObject({ name: next });
      }),
      { numRuns: 10 },
    );
  });

  it('gives everybody a name of their own, also when they come at once', async () => {
    const { names, by } = setUp();
    const given = await Promise.all(Array.from({ length: 20 }, () => names.reserveNumbered('Date', newCommandId(), by('acme'))));
    expect(new Set(given.map(({ name }) => name)).size).toBe(20);
  });
});

function setUp() {
  const store = new InMemoryEventStore();
  let now = Date.parse('2026-11-24T09:00:00.000Z');
  const clock = () => new Date(now);
  const nothing = () => Promise.resolve();
  const connections = new ConnectionStreams({ store, heads: { mark: nothing, settle: nothing, unmark: nothing }, clock });
  const by = (workspaceId: string): Commander => ({
    workspaceId,
    subject: 'ada',
    actor: { kind: 'user', id: 'ada' },
    reach: 'all',
    commandId: newCommandId(),
    correlationId: 'r',
    oversees: true,
  });
  return {
    names: new NameReservations(new NameStreams({ store, clock }), connections, clock),
    by,
    wait: (ms: number) => void (now += ms),
    events: async (name: string) => {
      const types: string[] = [];
      for await (const { type } of store.readStream(`name-${nameStreamId('acme', name)}`)) types.push(type);
      return types;
    },
    create: (id: string, name: string) =>
      connections.execute(id, { ...by('acme'), causationId: 'r' }, () => [
        {
          type: 'Create',
          workspaceId: 'acme',
          connectorKey: 'date',
          connectorVersion: 1,
          name,
          authType: 'none',
          settings: {},
          owner: 'ada',
          labels: {},
        },
      ]),
  };
}
