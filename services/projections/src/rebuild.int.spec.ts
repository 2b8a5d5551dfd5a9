import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { InMemoryEventStore } from '#event-store';
import { Follower } from '#follow';
import { Database, rows } from '#postgres';
import {
  askForRebuild,
  cancelRebuild,
  checkpointPosition,
  findRebuild,
  listConnections,
  listProjections,
  readModelsFollower,
  type ProjectionRebuild,
  type RebuildKind,
} from '#read-models';
import { eventually } from '#testing';
import { connectionId, Histories, history } from '../test/histories';
import { projectionTables, type ProjectionTables } from '../test/projection-tables';
import type { Projection } from './projection';
import { projections } from './projections';
import { logIdOf, type ReadEvent } from './read-event';
import { readModelsWork } from './read-models-work';
import { rebuild } from './rebuild';
import { nextOrder, type RebuildOrder } from './rebuild-order';
import { Rebuilder } from './rebuilder';
import { claimLiveTables, liveSlots } from './slots';
import { workspaceConnections } from './workspace-connections';

const { name } = workspaceConnections;
const newer: readonly Projection[] = projections.map((projection) =>
  projection.name === name ? { ...projection, version: 2 } : projection,
);

describe('a rebuild', () => {
  let tables: ProjectionTables;
  let owner: Database;
  let store: InMemoryEventStore;
  let histories: Histories;
  let started: { stop(): Promise<void> }[];
  let live: Follower<ReadEvent>;

  beforeAll(async () => {
    tables = await projectionTables();
    owner = await Database.open({ url: tables.test.ownerUrl, applicationName: 'spec' });
  });
  afterAll(async () => {
    await owner.close();
    await tables.drop();
  });

  beforeEach(async () => {
    await tables.empty();
    await tables.database.query(`update read_models.projection_slots set live = 'a', version_a = null, version_b = null`);
    await owner.query(`truncate read_models.projection_rebuilds, read_models.projection_checkpoints, read_models.parked_events`);
    store = new InMemoryEventStore();
    histories = new Histories(store);
    started = [];
    await histories.open(randomUUID());
    await histories.play([{ which: 0, step: { does: 'create', authType: 'api_key' } }]);
    live = follow(projections);
    await eventually(async () => expect(await shownVersion()).toBe(1));
    await caughtUp();
  });
  afterEach(async () => {
    await Promise.all(started.map((one) => one.stop()));
    await store.close();
  });

  it.each(projections)('of $name makes the rows that are shown, also when it is interrupted, while the log goes on', async (projection) => {
    await play(12);
    await caughtUp();
    const { id } = await ask('rebuild', projection.name);
    const order = (await nextOrder(tables.database, projections))!;
    for (const after of [1, 3]) await interrupted(order, after);
    expect(await found(id, projection.name)).toMatchObject({ state: 'running', position: expect.any(BigInt) as bigint });
    await Promise.all([play(6), run(order)]);
    expect(await found(id, projection.name)).toMatchObject({ state: 'done', error: null });
    await play(3);

    rebuilding();
    await ended(await ask('roll-back', projection.name));
    await caughtUp();
    await ended(await ask('roll-back', projection.name));
    expect(await rowsOf(projection, 'b')).toEqual(await rowsOf(projection, 'a'));
    expect(await rowsOf(projection, 'a')).not.toEqual([]);
  });

  it('shows the same as the live rows for any history, interrupted anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(history, history, fc.nat(4), async (before, meanwhile, after) => {
        await histories.play(before);
        await caughtUp();
        await ask('rebuild');
        const order = (await nextOrder(tables.database, projections))!;
        await interrupted(order, after);
        await Promise.all([histories.play(meanwhile), goOn()]);
        await caughtUp();
        await ask('roll-back');
        await goOn();
        expect((await tables.rowsIn('b')).filter(isRebuilt)).toEqual((await tables.rowsIn('a')).filter(isRebuilt));
      }),
      { numRuns: 15 },
    );
  }, 30_000);

  it('goes on at its checkpoint: what it has read it does not read again', async () => {
    await play(12);
    await caughtUp();
    await ask('rebuild');
    const order = (await nextOrder(tables.database, projections))!;
    await interrupted(order, 4);
    const read: bigint[] = [];
    const readAll = store.readAll.bind(store);
    store.readAll = async function* (options) {
      for await (const event of readAll(options)) {
        if (options?.maxCount !== 1) read.push(event.position);
        yield event;
      }
    };
    const [{ position }] = (await tables.database.query<{ position: string }>(
      `select position::text from read_models.projection_checkpoints where name = 'workspace-connections in slot b'`,
    )) as [{ position: string }];
    await run(order);
    expect(BigInt(position)).toBeGreaterThan(0n);
    expect(read[0]).toBe(BigInt(position));
  });

  it('shows at every moment everything that was shown before, and never two models at once', async () => {
    await play(8);
    await caughtUp();
    const [before, seen, stopped] = [await shown(), [] as unknown[], new AbortController()];
    const reading = (async () => {
      while (!stopped.signal.aborted) seen.push(await shown());
    })();
    rebuilding();
    for (const kind of ['rebuild', 'roll-back', 'roll-back'] as const) await ended(await ask(kind));
    stopped.abort();
    await reading;
    expect(before.length).toBeGreaterThan(0);
    expect(seen.length).toBeGreaterThan(10);
    for (const one of seen) expect(one).toEqual(before);
  });

  it('waits for a reader that is in the way of emptying the tables, and keeps no other reader waiting', async () => {
    const open = Promise.withResolvers<undefined>();
    const reading = tables.asking.transaction(async (tx) => {
      await rows(tx, `select from read_models.workspace_connections`);
      await open.promise;
    });
    const asked = await ask('rebuild');
    rebuilding();
    const seen: unknown[] = [];
    for (let nth = 0; nth < 20; nth += 1) seen.push(...(await shown()));
    const { state } = await found(asked.id);
    open.resolve(undefined);
    await reading;
    expect([state, seen.length]).toEqual(['asked', 20]);
    await ended(asked);
  });

  it('is asked for before there is a process to do it, once at a time, and is done by the version it is for', async () => {
    const asked = await ask('rebuild', name, 2);
    await expect(ask('rebuild')).rejects.toMatchObject({ reason: 'ProjectionIsBeingRebuilt' });
    expect(await nextOrder(tables.database, projections)).toBeNull();
    rebuilding(newer);
    await ended(asked);
    expect(await shownVersion()).toBe(2);
  });

  it('by a newer release is asked for by itself, once; the older one then writes no more, and has the way back', async () => {
    await play(6);
    const release = rebuilding(newer);
    await expect(release.ready()).rejects.toMatchObject({ code: 'older_version_is_shown' });
    await eventually(async () => expect(await shownVersion()).toBe(2));
    await expect(release.ready()).resolves.toBeUndefined();
    await play(2);
    await eventually(() => expect(String(live.following.problem)).toContain('ProjectionVersionDiffers'));
    expect(await parked()).toEqual([]);

    const next = follow(newer);
    await caughtUp(next);
    rebuilding(projections);
    await ended(await ask('roll-back'));
    expect(await shownVersion()).toBe(1);
    await caughtUp(live);
    expect(await tables.database.query(`select version from read_models.projection_rebuilds order by asked_at`)).toEqual([
      { version: 2 },
      { version: 1 },
    ]);
  });

  it('stops at an event that this release does not know, and says which', async () => {
    const unknown = { id: randomUUID(), type: 'ConnectionPainted.v1', data: {}, metadata: {} };
    await store.append(`connection-${connectionId(0)}`, [unknown], 'any');
    await caughtUp();
    rebuilding();
    const { error, state } = await ended(await ask('rebuild'), 'failed');
    expect({ error, state }).toEqual({
      state: 'failed',
      error: expect.stringMatching(/ConnectionPainted\.v1.*Install a release/) as string,
    });
    expect(await shown()).toHaveLength(1);
    expect(await shownVersion()).toBe(1);
  });

  it('shows as stale what waits in the log, and does not go back to tables that miss it', async () => {
    await caughtUp();
    await tables.database.query(
      `insert into read_models.parked_events (follower, key, position, revision, event_id, type, error)
       values ('${readModelsFollower}', 'connection-${connectionId(0)}', 0, 0, gen_random_uuid(), 'ConnectionCreated.v1', 'it was said')`,
    );
    rebuilding();
    await ended(await ask('rebuild'));
    expect(await shown()).toEqual([expect.objectContaining({ id: connectionId(0), stale: true })]);
    await expect(ask('roll-back')).rejects.toMatchObject({ reason: 'NoEarlierTablesAreKept' });
  });

  it('ends when it is cancelled, and what it made is no way back', async () => {
    await play(6);
    await caughtUp();
    const asked = await ask('rebuild');
    const order = (await nextOrder(tables.database, projections))!;
    await interrupted(order, 1);
    expect(await cancelRebuild(tables.asking, name, asked.id)).toMatchObject({ state: 'cancelled' });
    await expect(cancelRebuild(tables.asking, name, asked.id)).rejects.toMatchObject({ reason: 'RebuildHasEnded' });
    await expect(run(order)).rejects.toThrow('was cancelled');
    await expect(ask('roll-back')).rejects.toMatchObject({ reason: 'NoEarlierTablesAreKept' });
    expect(await nextOrder(tables.database, projections)).toBeNull();
  });

  it('of a projection that is not there is not asked for', async () => {
    await expect(ask('rebuild', 'connection-colours')).rejects.toMatchObject({ reason: 'ProjectionDoesNotExist' });
    expect(await listProjections(tables.asking)).toContainEqual({ name, version: 1, keptVersion: null, rebuild: null });
  });

  function follow(of: readonly Projection[]): Follower<ReadEvent> {
    const follower = new Follower({
      ...readModelsWork(liveSlots, of),
      name: readModelsFollower,
      store,
      database: tables.database,
      logIdOf,
      prepare: (tx) => claimLiveTables(tx, of),
    });
    started.push(follower);
    follower.start();
    return follower;
  }

  function rebuilding(of: readonly Projection[] = projections): Rebuilder {
    const databaseUrl = tables.test.urlFor('patchbay_projections');
    const rebuilder = new Rebuilder({ store, database: tables.database, databaseUrl, projections: of });
    started.push(rebuilder);
    rebuilder.start();
    return rebuilder;
  }

  function ask(kind: RebuildKind, projection = name, version?: number): Promise<ProjectionRebuild> {
    return askForRebuild(tables.asking, { kind, projection, version, askedBy: 'spec' });
  }

  const found = (id: string, projection = name) => findRebuild(tables.asking, projection, id);

  async function ended({ id, projection }: ProjectionRebuild, as = 'done'): Promise<ProjectionRebuild> {
    await eventually(async () => expect((await found(id, projection)).state).toBe(as));
    return found(id, projection);
  }

  const parts = (signal: AbortSignal) => ({
    store,
    database: tables.database,
    signal,
    onOutage: () => undefined,
    batchSize: 3,
  });
  /** What was interrupted may have been done already. */
  const goOn = async (): Promise<void> => {
    const order = await nextOrder(tables.database, projections);
    if (order) await run(order);
  };
  const run = (order: RebuildOrder) => rebuild(order, parts(new AbortController().signal));

  /** As a crash would end it, after so many of its transactions. */
  async function interrupted(order: RebuildOrder, after: number): Promise<void> {
    const crash = new AbortController();
    const readAll = store.readAll.bind(store);
    let events = 0;
    store.readAll = async function* (options) {
      for await (const event of readAll(options)) {
        if (options?.maxCount === undefined && (events += 1) > after * 3) {
          crash.abort(new Error('it crashed'));
          throw new Error('it crashed');
        }
        yield event;
      }
    };
    await rebuild(order, parts(crash.signal)).catch((error: unknown) => expect(String(error)).toContain('it crashed'));
    store.readAll = readAll;
  }

  async function play(count: number): Promise<void> {
    for (const steps of fc.sample(history, count)) await histories.play(steps);
    await histories.play([{ which: 1, step: { does: 'publish', version: 1 } }]);
  }

  async function caughtUp(follower = live): Promise<void> {
    const last = await store.readLastPosition();
    await eventually(() => follower.following.position === last);
    expect(await checkpointPosition(tables.asking)).toBe(last);
  }

  async function shownVersion(): Promise<number | null | undefined> {
    return (await listProjections(tables.asking)).find((projection) => projection.name === name)?.version;
  }

  async function shown() {
    return (await tables.asking.inWorkspace('workspace-0', (tx) => listConnections(tx))).items;
  }

  const parked = () => tables.database.query(`select key from read_models.parked_events`);

  async function rowsOf({ table }: Projection, slot: 'a' | 'b') {
    return (await tables.rowsIn(slot)).filter((row) => row.table === table);
  }

  const isRebuilt = ({ table }: { readonly table: string }): boolean => table === workspaceConnections.table;
});
