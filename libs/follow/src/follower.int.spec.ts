import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { InMemoryEventStore, type RecordedEvent } from '#event-store';
import { AdvisoryLock, Database, rows } from '#postgres';
import { eventually, testDatabase, type TestDatabase } from '#testing';
import { FollowSpecEffects1795550000199 } from '../test/effects-table';
import { CheckpointWasMoved } from './checkpoint';
import { Follower, type FollowerOptions, type Happening } from './follower';
import { LogIsAnother } from './log-identity';
import { followMigrations } from './migrations/follow-migrations';
import { askToUnpark, countParked, listParkedKeys } from './parked-keys';

describe('following the log', () => {
  let test: TestDatabase;
  let owner: Database;
  let database: Database;
  let store: InMemoryEventStore;
  let name: string;
  let started: Follower<RecordedEvent>[];
  const logId = randomUUID();

  beforeAll(async () => {
    test = await testDatabase({ migrations: [...followMigrations, FollowSpecEffects1795550000199] });
    owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec' });
  });
  afterAll(async () => {
    await owner.close();
    await test.drop();
  });

  beforeEach(async () => {
    database = await Database.open({ url: test.urlFor('patchbay_projections'), applicationName: 'spec-follower' });
    store = new InMemoryEventStore();
    name = `follower-${randomUUID()}`;
    started = [];
    await open(store, logId);
  });
  afterEach(async () => {
    await Promise.all(started.map((follower) => follower.stop()));
    await store.close();
    await database.close();
  });

  describe('when all goes well', () => {
    it('applies every event once and in order, and keeps where it is', async () => {
      follow();
      const last = await append('thing-1', { n: 1 }, { n: 2 });
      await append('thing-2', { n: 3 });
      await caughtUp();
      expect(await effects()).toEqual([
        { key: 'thing-1', said: { n: 1 } },
        { key: 'thing-1', said: { n: 2 } },
        { key: 'thing-2', said: { n: 3 } },
      ]);
      expect(last).toBeLessThan(await store.readLastPosition());
      expect(await checkpoint()).toEqual({
        position: String(await store.readLastPosition()),
        logId,
        eventId: (await lastEvent()).id,
      });
    });

    it('moves on past events that are of no interest', async () => {
      await append('thing-1', { n: 1 });
      for (let n = 0; n < 100; n += 1) await append('foreign-1', { n });
      follow();
      await caughtUp();
      expect(await effects()).toEqual([{ key: 'thing-1', said: { n: 1 } }]);
    });

    it('goes on where it stopped', async () => {
      const first = follow();
      await append('thing-1', { n: 1 });
      await caughtUp();
      await first.stop();
      await append('thing-1', { n: 2 });
      follow();
      await caughtUp();
      expect((await effects()).map(({ said }) => said)).toEqual([{ n: 1 }, { n: 2 }]);
    });

    it('goes back to the beginning when something new is to be made of the log', async () => {
      const first = follow({ prepare: () => Promise.resolve('checkpoint') });
      await append('thing-1', { n: 1 }, { n: 2 });
      await caughtUp();
      await first.stop();
      const again = follow({ prepare: () => Promise.resolve('beginning'), batchSize: 1 });
      await append('thing-1', { n: 3 });
      await caughtUp();
      await eventually(async () => expect((await effects()).map(({ said }) => (said as { n: number }).n).sort()).toEqual([1, 1, 2, 2, 3]));
      expect(again.following.problem).toBeNull();
    });

    it('says how far behind it is: nothing once it has caught up', async () => {
      const follower = follow();
      expect(follower.following).toMatchObject({ lagSeconds: null, position: null });
      await append('thing-1', { n: 1 });
      await caughtUp();
      await eventually(() => expect(follower.following).toMatchObject({ role: 'following', lagSeconds: 0, problem: null }));
      expect(follower.following.position).toBe(await store.readLastPosition());
    });
  });

  describe('when it is killed', () => {
    it('loses nothing and repeats nothing, whatever it was doing', async () => {
      for (let life = 0; life < 12; life += 1) {
        const follower = follow({ batchSize: 3 });
        for (let n = 0; n < 10; n += 1) await append(`thing-${n % 3}`, { life, n });
        if (life % 3 === 0) await eventually(async () => (await effects()).length > life * 8);
        // The server ends every connection of it wherever it is: in a transaction, at its commit, between two batches.
        await owner.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'spec-follower'`);
        if (life % 2 === 0) await follower.stop();
      }
      follow();
      await caughtUp(30_000);
      expect(await effects()).toHaveLength(120);
      for (const key of ['thing-0', 'thing-1', 'thing-2']) {
        const said = (await effects()).filter((effect) => effect.key === key).map((effect) => effect.said);
        const written = [];
        for await (const { data } of store.readStream(key)) written.push(data);
        expect(said).toEqual(written);
      }
    });
  });

  describe('when there are two runners', () => {
    it('lets one write: the other finds the checkpoint moved', async () => {
      const problems: unknown[] = [];
      const onHappening = (happening: Happening) => happening.kind === 'failed' && problems.push(happening.error);
      follow({ batchSize: 2, onHappening });
      follow({ batchSize: 2, onHappening });
      for (let n = 0; n < 60; n += 1) await append(`thing-${n % 4}`, { n });
      await caughtUp(15_000);
      expect(await effects()).toHaveLength(60);
      expect(problems).toContainEqual(expect.any(CheckpointWasMoved));
      expect(problems.filter((problem) => !(problem instanceof CheckpointWasMoved))).toEqual([]);
    });

    it('lets one work and the other stand by, and hands over', async () => {
      const takeTurn = (signal: AbortSignal) => AdvisoryLock.acquire(test.urlFor('patchbay_projections'), name, { signal });
      const first = follow({ takeTurn });
      await eventually(() => first.following.role === 'following');
      const second = follow({ takeTurn });
      await eventually(() => second.following.role === 'standing-by');
      await append('thing-1', { n: 1 });
      await caughtUp();
      expect(second.following).toMatchObject({ role: 'standing-by', lagSeconds: null });

      await first.stop();
      await eventually(() => second.following.role === 'following');
      await append('thing-1', { n: 2 });
      await caughtUp();
      expect((await effects()).map(({ said }) => said)).toEqual([{ n: 1 }, { n: 2 }]);
    });

    it('lets one that was halted and is woken write nothing: it finds the checkpoint moved, and stands by again', async () => {
      const halt = { over: Promise.resolve() };
      const halting = Object.assign(Object.create(database) as Database, {
        transaction: async (work: Parameters<Database['transaction']>[0]) => {
          await halt.over;
          return database.transaction(work);
        },
      });
      // It never learns that its turn is over: nothing but the checkpoint keeps it from writing.
      let turns = 0;
      const takeTurn = (signal: AbortSignal) => {
        turns += 1;
        if (turns === 1) return Promise.resolve({ lost: new AbortController().signal, release: () => Promise.resolve() });
        return once(signal, 'abort').then(() => Promise.reject(new Error('it is over')));
      };
      const problems: unknown[] = [];
      const onHappening = (happening: Happening) => happening.kind === 'failed' && problems.push(happening.error);
      const halted = follow({ database: halting, takeTurn, onHappening });
      await append('thing-1', { n: 1 });
      await caughtUp();

      const waking = Promise.withResolvers<undefined>();
      halt.over = waking.promise.then(() => undefined);
      await append('thing-1', { n: 2 });
      follow();
      await append('thing-1', { n: 3 });
      await caughtUp();
      waking.resolve(undefined);
      await eventually(() => halted.following.role === 'standing-by');
      expect(problems).toEqual([expect.any(CheckpointWasMoved)]);
      expect((await effects()).map(({ said }) => said)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    });

    it('stops the one that loses its turn', async () => {
      const losing = new AbortController();
      let turns = 0;
      const takeTurn = () => {
        turns += 1;
        return Promise.resolve({ lost: losing.signal, release: () => Promise.resolve() });
      };
      const follower = follow({ takeTurn });
      await eventually(() => follower.following.role === 'following');
      losing.abort(new Error('somebody else has it'));
      await eventually(() => follower.following.problem !== null);
      await append('thing-1', { n: 1 });
      await eventually(() => turns > 2);
      expect(await effects()).toEqual([]);
    });
  });

  describe('when an event cannot be applied', () => {
    const refusing = (failure: () => Error): Partial<FollowerOptions<RecordedEvent>> => ({
      apply: async (tx, events) => {
        for (const event of events) {
          if ((event.data as { poison?: true }).poison) throw failure();
          await effect(tx, event);
        }
      },
    });

    it('parks it and what follows it in its stream, and goes on with the others', async () => {
      const parked: string[] = [];
      follow({
        ...refusing(() => new TypeError('cannot read sk_live_51Hc')),
        onHappening: (happening) => happening.kind === 'parked' && parked.push(...happening.parked.map(({ stored }) => stored.stream)),
      });
      await append('thing-1', { n: 1 });
      await append('thing-1', { n: 2, poison: true });
      await append('thing-1', { n: 3 });
      await append('thing-2', { n: 4 });
      await caughtUp();
      await append('thing-1', { n: 5 });
      await append('thing-2', { n: 6 });
      await caughtUp();

      expect((await effects()).map(({ said }) => said)).toEqual([{ n: 1 }, { n: 4 }, { n: 6 }]);
      expect(await parkedEvents()).toEqual([
        { key: 'thing-1', revision: 1, type: 'Said.v1', error: expect.stringMatching(/^TypeError at follower\.int\.spec\.ts:\d+:\d+$/) },
        { key: 'thing-1', revision: 2, type: 'Said.v1', error: null },
        { key: 'thing-1', revision: 3, type: 'Said.v1', error: null },
      ]);
      expect(parked).toEqual(['thing-1', 'thing-1', 'thing-1']);
      expect(await staleKeys()).toEqual(['thing-1']);
    });

    it('tries it three times before, as what is wrong may pass', async () => {
      let tried = 0;
      follow({
        ...refusing(() => new Error('not yet')),
        apply: async (tx, events) => {
          for (const event of events) {
            if ((event.data as { poison?: true }).poison && (tried += 1) < 3) throw new Error('not yet');
            await effect(tx, event);
          }
        },
      });
      await append('thing-1', { n: 1, poison: true }, { n: 2 });
      await caughtUp();
      expect(tried).toBe(3);
      expect(await effects()).toHaveLength(2);
      expect(await parkedEvents()).toEqual([]);
    });

    it('parks one that the database finds unfit, without undoing its neighbours', async () => {
      follow();
      await append('thing-1', { n: 1 }, { text: 'jsonb takes no \u0000' }, { n: 3 });
      await append('thing-2', { n: 4 });
      await caughtUp();
      expect((await effects()).map(({ said }) => said)).toEqual([{ n: 1 }, { n: 4 }]);
      expect(await parkedEvents()).toMatchObject([
        { revision: 1, error: expect.stringMatching(/^QueryFailedError 22P05/) },
        { error: null },
      ]);
    });

    it('parks one of a type that this release does not know', async () => {
      follow({
        decode: (stored) => {
          if (stored.type === 'Shouted.v1') throw new RangeError('no such type');
          return stored;
        },
      });
      await append('thing-1', { n: 1 });
      await store.append('thing-1', [{ id: randomUUID(), type: 'Shouted.v1', data: {}, metadata: {} }], 'any');
      await append('thing-1', { n: 3 });
      await append('thing-2', { n: 4 });
      await caughtUp();
      expect((await effects()).filter(({ key }) => key !== 'log').map(({ said }) => said)).toEqual([{ n: 1 }, { n: 4 }]);
      expect(await parkedEvents()).toMatchObject([
        { key: 'thing-1', type: 'Shouted.v1', error: expect.stringMatching(/^RangeError/) },
        { key: 'thing-1', type: 'Said.v1', error: null },
      ]);
    });
  });

  describe('when somebody asks for what is parked', () => {
    let wrong: readonly string[];
    const lookEachMs = 20;
    const refusingWhatIsWrong: Partial<FollowerOptions<RecordedEvent>> = {
      lookEachMs,
      apply: async (tx, events) => {
        for (const event of events) {
          const { word } = event.data as { word: string };
          if (wrong.includes(word)) throw new TypeError('cannot be said');
          await effect(tx, event);
        }
      },
    };
    const words = async (key: string) =>
      (await effects()).filter((said) => said.key === key).map(({ said }) => (said as { word: string }).word);

    beforeEach(async () => {
      wrong = ['b', 'd'];
      follow(refusingWhatIsWrong);
      for (const word of ['a', 'b', 'c', 'd', 'e']) await append('thing-1', { word });
      await append('thing-2', { word: 'd' });
      await append('thing-2', { word: 'f' });
      await caughtUp();
    });

    it('tells what is parked, and how much waits behind it', async () => {
      const parked = (await listParkedKeys(database)).filter(({ follower }) => follower === name);
      expect(parked).toMatchObject([
        { key: 'thing-1', revision: 1, type: 'Said.v1', error: expect.stringMatching(/^TypeError at/), waiting: 4, isAsked: false },
        { key: 'thing-2', revision: 0, waiting: 2 },
      ]);
      expect(await countParked(database, name)).toBe(6);
    });

    it('applies it in its order, shows the row as fresh, and goes on with the key', async () => {
      wrong = [];
      expect(await askToUnpark(database, ['thing-1', 'thing-7'])).toEqual(['thing-1']);
      await eventually(async () => expect(await words('thing-1')).toEqual(['a', 'b', 'c', 'd', 'e']));
      await append('thing-1', { word: 'g' });
      await caughtUp();
      expect(await words('thing-1')).toEqual(['a', 'b', 'c', 'd', 'e', 'g']);
      expect((await parkedEvents()).map(({ key }) => key)).toEqual(['thing-2', 'thing-2']);
      expect(await staleKeys()).toEqual(['thing-2']);
    });

    it('stops at the next one that cannot be applied, says where, and is not asked any more', async () => {
      wrong = ['d'];
      await askToUnpark(database, 'all');
      await eventually(async () =>
        expect((await listParkedKeys(database)).filter(({ follower, isAsked }) => follower === name && isAsked)).toEqual([]),
      );
      expect(await words('thing-1')).toEqual(['a', 'b', 'c']);
      expect(await words('thing-2')).toEqual([]);
      expect(await parkedEvents()).toMatchObject([
        { key: 'thing-1', revision: 3, error: expect.stringMatching(/^TypeError at/) },
        { key: 'thing-1', revision: 4, error: null },
        { key: 'thing-2', revision: 0, error: expect.stringMatching(/^TypeError at/) },
        { key: 'thing-2', revision: 1, error: null },
      ]);
      expect((await staleKeys()).sort()).toEqual(['thing-1', 'thing-2']);
    });
  });

  it('waits for a database that refuses to write, parks nothing for it, and shows the lag', async () => {
    await owner.query(`revoke insert on read_models.effects from patchbay_projections`);
    const follower = follow();
    try {
      await append('thing-1', { n: 1 });
      await eventually(() => expect(follower.following.problem).toMatchObject({ driverError: { code: '42501' } }));
      await eventually(() => expect(follower.following.lagSeconds).toBeGreaterThan(0.2));
      expect(await parkedEvents()).toEqual([]);
    } finally {
      await owner.query(`grant insert on read_models.effects to patchbay_projections`);
    }
    await caughtUp(15_000);
    expect(await effects()).toHaveLength(1);
    expect(follower.following.problem).toBeNull();
  });

  describe('when the log is not the one it followed', () => {
    beforeEach(async () => {
      const follower = follow();
      await append('thing-1', { n: 1 }, { n: 2 });
      await caughtUp();
      await follower.stop();
    });

    it('refuses one with another id, says what to do, and writes nothing', async () => {
      const another = new InMemoryEventStore();
      await open(another, randomUUID());
      await append('thing-1', { n: 3 }, { n: 4 }, { n: 5 });
      const follower = follow({ store: another });
      await eventually(() => expect(follower.following.problem).toBeInstanceOf(LogIsAnother));
      expect((follower.following.problem as Error).message).toMatch(/EVENT_STORE_URL.*or rebuild/);
      expect(await effects()).toHaveLength(2);
      await another.close();
    });

    it('refuses one with the same id and another past', async () => {
      const restored = new InMemoryEventStore();
      await open(restored, logId);
      await restored.append(
        'thing-9',
        [1, 2, 3].map((n) => said({ n })),
        'no-stream',
      );
      const follower = follow({ store: restored });
      await eventually(() => expect(follower.following.problem).toBeInstanceOf(LogIsAnother));
      expect(await effects()).toHaveLength(2);
      await restored.close();
    });

    it('refuses one of the same past that ends before: a backup that was restored', async () => {
      const restored = new InMemoryEventStore();
      const opened = store.readStream('log');
      for await (const { id, type, data, metadata } of opened) await restored.append('log', [{ id, type, data, metadata }], 'no-stream');
      const follower = follow({ store: restored });
      await eventually(() => expect(follower.following.problem).toBeInstanceOf(LogIsAnother));
      expect((follower.following.problem as Error).message).toContain('ends before');
      await restored.close();
    });

    it('goes on with one of the same past', async () => {
      await append('thing-1', { n: 3 });
      follow();
      await caughtUp();
      expect(await effects()).toHaveLength(3);
    });
  });

  it('waits for a new log to be opened, and says so', async () => {
    const fresh = new InMemoryEventStore();
    const follower = follow({ store: fresh });
    await eventually(() => follower.following.role === 'waiting-for-log');
    await open(fresh, logId);
    await eventually(() => follower.following.role === 'following');
    await fresh.close();
  });

  /** Starts a follower that writes each event of a `thing-` stream down. */
  function follow(options: Partial<FollowerOptions<RecordedEvent>> = {}): Follower<RecordedEvent> {
    const follower = new Follower<RecordedEvent>({
      name,
      store,
      database,
      logIdOf: ({ data }) => (data as { logId: string }).logId,
      decode: (stored) => (stored.stream.startsWith('thing-') ? stored : null),
      apply: async (tx, events) => {
        for (const event of events) await effect(tx, event);
      },
      mark: async (tx, keys, as) => {
        const marked = keys.map((key) => `${name} ${key}`);
        await rows(tx, `delete from read_models.stale where key = any($1)`, [marked]);
        if (as === 'stale') await rows(tx, `insert into read_models.stale select unnest($1::text[])`, [marked]);
      },
      ...options,
    });
    started.push(follower);
    follower.start();
    return follower;
  }

  function effect(tx: Parameters<FollowerOptions<RecordedEvent>['apply']>[0], { stream, position, data }: RecordedEvent) {
    return rows(tx, `insert into read_models.effects values ($1, $2, $3::jsonb)`, [
      `${name} ${stream}`,
      String(position),
      JSON.stringify(data),
    ]);
  }

  async function open(log: InMemoryEventStore, id: string): Promise<void> {
    await log.append('log', [{ id: randomUUID(), type: 'LogOpened.v1', data: { logId: id }, metadata: {} }], 'no-stream');
  }

  async function append(stream: string, ...data: readonly object[]): Promise<bigint> {
    return (await store.append(stream, data.map(said), 'any')).position;
  }

  function said(data: object) {
    return { id: randomUUID(), type: 'Said.v1', data, metadata: {} };
  }

  async function caughtUp(within = 5_000): Promise<void> {
    const last = await store.readLastPosition();
    await eventually(async () => expect((await checkpoint())?.position).toBe(String(last)), { within });
  }

  async function checkpoint() {
    const [kept] = await database.query<{ position: string; logId: string; eventId: string | null }>(
      `select position, log_id as "logId", event_id as "eventId" from read_models.projection_checkpoints where name = $1`,
      [name],
    );
    return kept;
  }

  async function lastEvent(): Promise<RecordedEvent> {
    for await (const event of store.readAll({ direction: 'backwards', maxCount: 1 })) return event;
    throw new Error('the log is empty');
  }

  function effects() {
    return owner.query<{ key: string; said: object }>(
      `select split_part(key, ' ', 2) as key, said from read_models.effects where key like $1 order by position`,
      [`${name} %`],
    );
  }

  function parkedEvents() {
    return database.query<{ key: string; revision: number; type: string; error: string | null }>(
      `select key, revision::integer as revision, type, error from read_models.parked_events where follower = $1 order by position`,
      [name],
    );
  }

  async function staleKeys() {
    const found = await owner.query<{ key: string }>(`select split_part(key, ' ', 2) as key from read_models.stale where key like $1`, [
      `${name} %`,
    ]);
    return found.map(({ key }) => key);
  }
});
