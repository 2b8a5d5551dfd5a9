import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { connection, existing, foldName } from '#domain';
import { InMemoryEventStore, Streams, type RecordedEvent } from '#event-store';
import { eventCodec } from '#events';
import { Follower, type FollowerOptions } from '#follow';
import {
  checkpointPosition,
  findConnection,
  findConnectionByName,
  listAuditEntries,
  listConnections,
  readModelsFollower,
} from '#read-models';
import { eventually } from '#testing';
import { connectionId, Histories, history, renames, type History } from '../test/histories';
import { projectionTables, type ProjectionTables } from '../test/projection-tables';
import { projections } from './projections';
import { logIdOf, readEvent, type ReadEvent } from './read-event';
import { readModelsWork } from './read-models-work';
import { claimLiveTables, liveSlots, ProjectionVersionDiffers, type Slot } from './slots';

const intoSlot = (slot: Slot) => readModelsWork(() => Promise.resolve(() => slot));

describe('the read models', () => {
  let tables: ProjectionTables;
  beforeAll(async () => {
    tables = await projectionTables();
  });
  afterAll(() => tables.drop());
  beforeEach(() => tables.empty());

  it('are the same however often and in whatever batches the log is delivered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(history, renames), anyCuts, async (steps, cuts) => {
        await tables.empty();
        const events = await read(await played(steps));
        for (const event of events) await deliver('a', [event]);
        for (const batch of deliveries(events, cuts)) await deliver('b', batch);
        expect(await tables.rowsIn('b')).toEqual(await tables.rowsIn('a'));
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('do not go back for an event that comes again in the same batch', async () => {
    const names = ['Orders', '訂單', 'Orders'] as const;
    const store = await played([
      { which: 0, step: { does: 'create', authType: 'none' } },
      ...names.map((to) => ({ which: 0, step: { does: 'rename' as const, to } })),
    ]);
    const events = await read(store);
    await deliver('a', events);
    await deliver('b', [...events, ...events.slice(0, 2)]);
    expect(events).toHaveLength(4);
    expect(await tables.rowsIn('b')).toEqual(await tables.rowsIn('a'));
  });

  it('are made of every version that was ever written, and the same where a later release added members', async () => {
    const read = (samples: readonly RecordedEvent[]) => samples.map((sample) => readEvent(sample)!);
    const samples = goldenSamples();
    const later = samples.map((sample) => ({ ...sample, data: { ...(sample.data as object), addedLater: ['why'] } }));
    await deliver('a', read(samples));
    await deliver('b', read(later));
    const rows = await tables.rowsIn('a');
    expect(new Set(rows.map(({ table }) => table))).toEqual(new Set(projections.map(({ table }) => table)));
    expect(rows.filter(({ table }) => table === 'audit_entries')).toHaveLength(
      samples.filter(({ stream }) => /^connect(?:ion|or)-/.test(stream)).length,
    );
    expect(await tables.rowsIn('b')).toEqual(rows);
  });

  it('show of each connection what its stream folds to', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        await tables.empty();
        const store = await played(steps);
        await deliver('a', await read(store));
        const streams = new Streams({ store, codec: eventCodec, decider: connection, category: 'connection' });
        for (const which of [0, 1, 2, 3]) {
          const { state, position } = await streams.load(connectionId(which));
          const row = await tables.asking.inWorkspace(`workspace-${which % 2}`, (tx) => findConnection(tx, connectionId(which)));
          if (state.status === 'unknown') {
            expect(row).toBeNull();
            continue;
          }
          const { name, status, code, revision, configRevision, settings, labels, credential, serviceUrl = null } = existing(state);
          expect(row).toMatchObject({ name, status, statusCode: code, revision, configRevision, settings, labels, serviceUrl, position });
          expect(row!.limited).toBe(state.status === 'active' && state.limited);
          expect(row!.credential?.fingerprint).toBe(credential?.fingerprint);
        }
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('know of each name who took it last, whatever order the streams come in', async () => {
    await fc.assert(
      fc.asyncProperty(renames, anyCuts, async (steps, cuts) => {
        await tables.empty();
        const events = await read(await played(steps));
        for (const batch of deliveries(events, cuts)) await deliver('a', batch);
        for (const { workspaceId, name, id, nameNow } of takers(events)) {
          const found = await tables.asking.inWorkspace(workspaceId, (tx) => findConnectionByName(tx, name));
          const renamed = nameNow !== null && foldName(nameNow) !== foldName(name) && { renamedTo: nameNow };
          expect(found).toEqual(nameNow === null ? null : { connectionId: id, name, ...renamed });
        }
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('tell of every event of connections and connectors once, whatever order the streams come in', async () => {
    await fc.assert(
      fc.asyncProperty(history, anyCuts, async (steps, cuts) => {
        await tables.empty();
        const events = await read(await played(steps));
        for (const batch of deliveries(events, cuts)) await deliver('a', batch);
        for (const workspaceId of ['workspace-0', 'workspace-1', null]) {
          const entries = await entriesOf(workspaceId);
          const happened = events.filter(({ stored }) => stored.metadata.workspaceId === workspaceId).reverse();
          expect(entries.map(({ eventId, position, type }) => ({ eventId, position, type }))).toEqual(
            happened.map(({ event, at, stored }) => ({ eventId: stored.eventId, position: at.position, type: event.type })),
          );
        }
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  describe('that are followed', () => {
    let store: InMemoryEventStore;
    let histories: Histories;
    let started: Follower<ReadEvent>[];

    beforeEach(async () => {
      store = new InMemoryEventStore();
      histories = new Histories(store);
      started = [];
      await tables.database.query(`delete from read_models.parked_events`);
      await histories.open(randomUUID());
    });
    afterEach(async () => {
      await Promise.all(started.map((follower) => follower.stop()));
      await store.close();
    });

    it('are the same after a rebuild, one that was interrupted too', async () => {
      const live = follow({ name: `live-${randomUUID()}`, ...intoSlot('a'), batchSize: 7 });
      for (const steps of fc.sample(history, 10)) await histories.play(steps);
      await histories.play([{ which: 1, step: { does: 'publish', version: 1 } }]);
      const rebuild = { name: `rebuild-${randomUUID()}`, ...intoSlot('b') };
      const first = follow({ ...rebuild, batchSize: 3 });
      await eventually(async () => (await tables.rowsIn('b')).length > 0);
      await first.stop();
      for (const steps of fc.sample(history, 10)) await histories.play(steps);
      follow({ ...rebuild, batchSize: 200 });

      await caughtUp(live);
      await caughtUp(started.at(-1)!);
      const rows = await tables.rowsIn('a');
      expect(new Set(rows.map(({ table }) => table))).toEqual(new Set(projections.map(({ table }) => table)));
      expect(await tables.rowsIn('b')).toEqual(rows);
    });

    it('are written to whichever slot is shown, from the moment it is', async () => {
      const follower = follow({ name: `live-${randomUUID()}`, ...readModelsWork(liveSlots) });
      await create(0);
      await caughtUp(follower);
      await tables.database.query(`update read_models.projection_slots set live = 'b' where projection = 'workspace-connections'`);
      try {
        await create(2);
        await caughtUp(follower);
        expect(await shown()).toEqual([connectionId(2)]);
      } finally {
        await tables.database.query(`update read_models.projection_slots set live = 'a' where projection = 'workspace-connections'`);
      }
      expect(await shown()).toEqual([connectionId(0)]);
    });

    it('show a connection as stale once an event of it could not be read, and go on with the others', async () => {
      const follower = follow({ name: `live-${randomUUID()}`, ...readModelsWork(liveSlots) });
      await create(0);
      const unknown = { id: randomUUID(), type: 'ConnectionPainted.v1', data: { colour: 'green' }, metadata: {} };
      await store.append(`connection-${connectionId(0)}`, [unknown], 'any');
      await create(2);
      await caughtUp(follower);
      const page = await tables.asking.inWorkspace('workspace-0', (tx) => listConnections(tx));
      expect(page.items.map(({ id, stale }) => ({ id, stale }))).toEqual([
        { id: connectionId(0), stale: true },
        { id: connectionId(2), stale: false },
      ]);
      expect(await tables.database.query(`select key, type from read_models.parked_events`)).toEqual([
        { key: `connection-${connectionId(0)}`, type: 'ConnectionPainted.v1' },
      ]);
    });

    it('never look at snapshots', async () => {
      const follower = follow({ name: `live-${randomUUID()}`, ...readModelsWork(liveSlots) });
      await store.append(
        `snapshot-connection-${connectionId(0)}`,
        [{ id: randomUUID(), type: 'Snapshot.v1', data: {}, metadata: {} }],
        'any',
      );
      await caughtUp(follower);
      expect(await tables.database.query(`select key from read_models.parked_events`)).toEqual([]);
    });

    it('say how far they are', async () => {
      expect(await checkpointPosition(tables.asking)).toBe(0n);
      const follower = follow({ name: readModelsFollower, ...readModelsWork(liveSlots) });
      await create(0);
      await caughtUp(follower);
      expect(await checkpointPosition(tables.asking)).toBe(await store.readLastPosition());
    });

    function follow(options: Pick<FollowerOptions<ReadEvent>, 'name' | 'decode' | 'apply' | 'mark' | 'batchSize'>): Follower<ReadEvent> {
      const follower = new Follower({ store, database: tables.database, logIdOf, ...options });
      started.push(follower);
      follower.start();
      return follower;
    }

    async function caughtUp(follower: Follower<ReadEvent>): Promise<void> {
      const last = await store.readLastPosition();
      await eventually(() => follower.following.position === last);
    }

    async function shown() {
      return (await tables.asking.inWorkspace('workspace-0', (tx) => listConnections(tx))).items.map(({ id }) => id);
    }

    const create = (which: number) => histories.play([{ which, step: { does: 'create', authType: 'api_key' } }]);
  });

  it('are filled from the beginning of the log where they are new, and read on once they are not', async () => {
    const claim = () => tables.database.transaction((tx) => claimLiveTables(tx, projections));
    await tables.database.query(`update read_models.projection_slots set version_a = 1`);
    expect(await claim()).toBe('checkpoint');
    await tables.database.query(`update read_models.projection_slots set version_a = null where projection = 'audit-entries'`);
    expect(await claim()).toBe('beginning');
    expect(await claim()).toBe('checkpoint');
  });

  it('are not written by a release that would make other rows of the same events', async () => {
    await tables.database.transaction((tx) => claimLiveTables(tx, projections));
    await tables.database.transaction((tx) => claimLiveTables(tx, projections));
    const newer = projections.map((projection) => ({ ...projection, version: projection.version + 1 }));
    await expect(tables.database.transaction((tx) => claimLiveTables(tx, newer))).rejects.toThrow(ProjectionVersionDiffers);
  });

  async function played(steps: History): Promise<InMemoryEventStore> {
    const store = new InMemoryEventStore();
    await new Histories(store).play(steps);
    return store;
  }

  async function read(store: InMemoryEventStore): Promise<readonly ReadEvent[]> {
    const events: ReadEvent[] = [];
    for await (const stored of store.readAll()) events.push(readEvent(stored)!);
    return events;
  }

  /** Everything of a workspace, or of the catalog, newest first. */
  async function entriesOf(workspaceId: string | null) {
    const asked = { ofCatalog: workspaceId === null, limit: 200 };
    return (await tables.asking.inWorkspace(workspaceId ?? 'none', (tx) => listAuditEntries(tx, asked))).items;
  }

  async function deliver(slot: Slot, events: readonly ReadEvent[]): Promise<void> {
    await tables.database.transaction((tx) => intoSlot(slot).apply(tx, events));
  }
});

/** One event of every version that was ever written, as a log would hold them. */
function goldenSamples(): readonly RecordedEvent[] {
  const folder = join(__dirname, '../../../libs/events/samples');
  return readdirSync(folder)
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<RecordedEvent, 'id'> & { eventId: string })
    .sort((one, other) => one.stream.localeCompare(other.stream) || one.revision - other.revision)
    .map(({ eventId, ...sample }, nth) => ({ ...sample, id: eventId, position: BigInt(nth + 1), created: new Date() }));
}

/** Of each name in each workspace the connection that took it last, and that one's name by now; null: it is removed. */
function takers(events: readonly ReadEvent[]) {
  const last = new Map<string, { readonly workspaceId: string; readonly name: string; readonly id: string }>();
  const nameNow = new Map<string, string | null>();
  for (const { event, at, stored } of events) {
    if (event.type === 'ConnectionRemoved') nameNow.set(at.id, null);
    const name = event.type === 'ConnectionCreated' ? event.data.name : event.type === 'ConnectionRenamed' ? event.data.to : null;
    if (name === null) continue;
    const workspaceId = stored.metadata.workspaceId!;
    last.set(`${workspaceId} ${foldName(name)}`, { workspaceId, name, id: at.id });
    nameNow.set(at.id, name);
  }
  return [...last.values()].map((taken) => ({ ...taken, nameNow: nameNow.get(taken.id) ?? null }));
}

const anyCuts = fc.array(fc.record({ pick: fc.nat(), back: fc.nat(3), size: fc.integer({ min: 1, max: 9 }) }));

/** Every event at least once, each stream in its order but for steps back, the streams interleaved and cut into batches as `cuts` says. */
function deliveries(
  events: readonly ReadEvent[],
  cuts: readonly { readonly pick: number; readonly back: number; readonly size: number }[],
): readonly (readonly ReadEvent[])[] {
  const streams = [...Map.groupBy(events, ({ at }) => at.id).values()].map((stream) => ({ stream, next: 0 }));
  const batches: ReadEvent[][] = [];
  const take = (of: { stream: ReadEvent[]; next: number }, back: number, size: number): void => {
    const from = Math.max(0, of.next - back);
    of.next = Math.max(of.next, Math.min(of.stream.length, from + size));
    batches.push(of.stream.slice(from, from + size));
  };
  for (const { pick, back, size } of cuts) {
    const chosen = streams[pick % Math.max(1, streams.length)];
    if (chosen) take(chosen, back, size);
  }
  for (const rest of streams) take(rest, 0, rest.stream.length);
  // Batches of one stream each are joined in pairs, so that batches hold several streams too.
  return batches.flatMap((batch, index) => (index % 2 === 0 ? [[...batch, ...(batches[index + 1] ?? [])]] : []));
}
