import { Database } from '#postgres';
import { eventually } from '#testing';
import {
  BACKWARDS,
  END,
  excludeSystemEvents,
  jsonEvent,
  NO_STREAM,
  type AllStreamSubscription,
  type EventStoreDBClient,
  type StreamSubscription,
} from '@eventstore/db-client';
import { event, events, eventsOf, idsOf, newStream, wholeLog } from './events';
import { runningEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
let database: Database;
beforeAll(async () => {
  store = await runningEventStore();
  database = await Database.open({ url: store.database.ownerUrl, applicationName: 'spec', poolSize: 1 });
});
afterAll(async () => {
  await database.close();
  await store.close();
});

/** What is stored of a stream, shown or not. */
const storedOf = async (stream: string): Promise<number[]> => {
  const rows = await database.query<{ revision: string }>('select revision from log.events where stream = $1 order by revision', [stream]);
  return rows.map(({ revision }) => Number(revision));
};

/** What readers are shown of a stream, in both directions. */
const shownOf = async (stream: string, client: EventStoreDBClient = store.client): Promise<number[]> => {
  const forwards = (await eventsOf(client, stream)).map(({ revision }) => Number(revision));
  const backwards = await eventsOf(client, stream, { direction: BACKWARDS, fromRevision: END });
  expect(backwards.map(({ revision }) => Number(revision))).toEqual([...forwards].reverse());
  return forwards;
};

const written = async (howMany: number): Promise<string> => {
  const stream = newStream();
  await store.client.appendToStream(stream, events(howMany));
  return stream;
};

const subscriptions: (AllStreamSubscription | StreamSubscription)[] = [];
afterEach(() => Promise.all(subscriptions.splice(0).map((each) => each.unsubscribe())));

/** The revisions that a subscription hears of; grows as it goes on, until the test ends. */
const listen = (subscription: AllStreamSubscription | StreamSubscription, stream: string): number[] => {
  const heard: number[] = [];
  subscription.on('data', ({ event: recorded }) => recorded?.streamId === stream && heard.push(Number(recorded.revision)));
  subscriptions.push(subscription);
  return heard;
};

const isShort = { within: 10_000 };

describe('settings hide at once', () => {
  it.each([
    ['all but the newest events ($maxCount)', { maxCount: 2 }, [4, 5], [5, 6]],
    ['what lies before a revision ($tb)', { truncateBefore: 3 }, [3, 4, 5], [3, 4, 5, 6]],
    ['whatever hides more', { maxCount: 4, truncateBefore: 3 }, [3, 4, 5], [3, 4, 5, 6]],
    ['what is not there yet', { truncateBefore: 100 }, [], []],
  ])('%s', async (_what, settings, shown, shownWithOneMore) => {
    const stream = await written(6);
    await store.client.setStreamMetadata(stream, settings);
    expect(await shownOf(stream)).toEqual(shown);
    const heard = listen(store.client.subscribeToStream(stream), stream);
    await eventually(() => heard.length === shown.length);
    await store.client.appendToStream(stream, event(), { expectedRevision: 5n });
    expect(await shownOf(stream)).toEqual(shownWithOneMore);
    expect(heard).toEqual(heard.length > shown.length ? [...shown, 6] : shown);
  });

  it('what is older than an age ($maxAge), from the moment it is', async () => {
    const stream = await written(3);
    await store.client.setStreamMetadata(stream, { maxAge: 2 });
    expect(await shownOf(stream)).toEqual([0, 1, 2]);
    await eventually(async () => expect(await shownOf(stream)).toEqual([]), isShort);
    await store.client.appendToStream(stream, event(), { expectedRevision: 2n });
    expect(await shownOf(stream)).toEqual([3]);
  });

  it('and show again what they hid, as long as it is stored', async () => {
    const stream = await written(4);
    await store.client.setStreamMetadata(stream, { maxCount: 1 });
    await store.client.setStreamMetadata(stream, { maxCount: 3 });
    const shown = await shownOf(stream);
    expect([1, 3]).toContain(shown.length);
    expect(shown).toEqual([1, 2, 3].slice(-shown.length));
  });
});

describe('what is hidden is deleted', () => {
  it.each([
    ['beyond the newest ones', { maxCount: 2 }, [4, 5]],
    ['before a revision', { truncateBefore: 3 }, [3, 4, 5]],
    ['but for the last event, where it is hidden too', { truncateBefore: 100 }, [5]],
  ])('%s', async (_what, settings, left) => {
    const stream = await written(6);
    await store.client.setStreamMetadata(stream, settings);
    await eventually(async () => expect(await storedOf(stream)).toEqual(left), isShort);
    expect((await store.client.appendToStream(stream, event())).nextExpectedRevision).toBe(6n);
  });

  it('as the stream grows', async () => {
    const stream = newStream();
    await store.client.setStreamMetadata(stream, { maxCount: 2 });
    for (let revision = 0; revision < 5; revision += 1) await store.client.appendToStream(stream, event());
    await eventually(async () => expect(await storedOf(stream)).toEqual([3, 4]), isShort);
    expect(await shownOf(stream)).toEqual([3, 4]);
  });

  it('of settings that were replaced, of a stream that was deleted, and of one that ended for good', async () => {
    const [configured, deleted, ended] = [await written(2), await written(3), await written(3)];
    for (let maxCount = 10; maxCount < 14; maxCount += 1) await store.client.setStreamMetadata(configured, { maxCount });
    await store.client.deleteStream(deleted);
    await store.client.tombstoneStream(ended);
    await eventually(async () => expect(await storedOf(`$$${configured}`)).toEqual([3]), isShort);
    await eventually(async () => expect(await storedOf(deleted)).toEqual([2]), isShort);
    await eventually(async () => expect(await storedOf(ended)).toEqual([2 ** 63]), isShort);
    expect((await store.client.getStreamMetadata(configured)).metadata).toEqual({ maxCount: 13 });
    const result = await store.client.appendToStream(deleted, event(), { expectedRevision: NO_STREAM });
    expect(result.nextExpectedRevision).toBe(3n);
    await eventually(async () => expect(await storedOf(deleted)).toEqual([3]), isShort);
  });

  it('also when whoever hid it stopped before it could be deleted', async () => {
    const [counted, ended] = [await written(5), await written(5)];
    await store.stop();
    await database.query(`insert into log.events (position, stream, revision, event_id, type, is_json, data, metadata, created)
        select last + 1, '$$${counted}', 0, gen_random_uuid(), '$metadata', true, '{"$maxCount":1}'::bytea, ''::bytea, now()
        from (select max(position) as last from log.events) as log
        union all
        select last + 2, '${ended}', 9223372036854775807, gen_random_uuid(), '$streamDeleted', false, ''::bytea, ''::bytea, now()
        from (select max(position) as last from log.events) as log`);
    await store.restart();
    await eventually(async () => expect([await storedOf(counted), await storedOf(ended)]).toEqual([[4], [2 ** 63]]), isShort);
  });

  it('and nothing else is: not what settings of other streams hide, nor what no sensible setting hides', async () => {
    const [bystander, odd] = [await written(5), await written(5)];
    await store.client.appendToStream(
      `$$${odd}`,
      jsonEvent({ type: '$metadata', data: { $maxCount: 0, $maxAge: 'an hour', $tb: -1, $acl: { $r: ['$all'] } } }),
    );
    const watched = await written(5);
    await store.client.setStreamMetadata(watched, { maxCount: 1 });
    await eventually(async () => expect(await storedOf(watched)).toEqual([4]), isShort);
    expect([await storedOf(bystander), await storedOf(odd)]).toEqual([
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]);
  });
});

describe('where events were deleted', () => {
  /** A log with a gap: what lay there, and what lies behind it. */
  const gap = async () => {
    const stream = newStream();
    const results = [];
    for (let revision = 0; revision < 40; revision += 1) results.push(await store.client.appendToStream(stream, event()));
    const positions = results.map(({ position }) => position!);
    await store.client.setStreamMetadata(stream, { maxCount: 2 });
    await eventually(async () => expect(await storedOf(stream)).toEqual([38, 39]), isShort);
    return { stream, positions };
  };

  it('the whole log goes on, in both directions and from a position that is gone', async () => {
    const { stream, positions } = await gap();
    const log = await wholeLog(store.client);
    expect(log.filter(({ streamId }) => streamId === stream).map(({ revision }) => revision)).toEqual([38n, 39n]);
    const from = async (fromPosition: (typeof positions)[number], direction: 'forwards' | 'backwards') => {
      const found = [];
      for await (const { event: recorded } of store.client.readAll({ fromPosition, direction, maxCount: 1 })) found.push(recorded);
      return found[0];
    };
    expect(await from(positions[5]!, 'forwards')).toMatchObject({ streamId: stream, revision: 38n });
    expect((await from(positions[20]!, 'backwards'))?.position.commit).toBeLessThan(positions[0]!.commit);
  });

  it('followers go on, from a position that is gone and while they follow', async () => {
    const { stream, positions } = await gap();
    const filter = excludeSystemEvents();
    const [behind, within] = [
      listen(store.client.subscribeToAll({ filter }), stream),
      listen(store.client.subscribeToAll({ filter, fromPosition: positions[20]! }), stream),
    ];
    await eventually(() => behind.length === 2 && within.length === 2);
    await store.client.appendToStream(stream, event());
    await eventually(() => behind.length === 3 && within.length === 3);
    expect([behind, within]).toEqual([
      [38, 39, 40],
      [38, 39, 40],
    ]);
  });

  it('a reader who has begun reads on, in order and to the end', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(1_200));
    const heard: number[] = [];
    for await (const { event: recorded } of store.client.readStream(stream)) {
      heard.push(Number(recorded?.revision));
      if (heard.length > 1) continue;
      await store.client.setStreamMetadata(stream, { maxCount: 3 });
      await eventually(async () => expect(await storedOf(stream)).toHaveLength(3), isShort);
    }
    expect(heard).toEqual([...heard].sort((one, other) => one - other));
    expect(heard.slice(-3)).toEqual([1_197, 1_198, 1_199]);
  });

  it('no position and no revision is given again, also after a restart', async () => {
    const { stream } = await gap();
    const before = await store.client.appendToStream(stream, event());
    await store.client.deleteStream(stream);
    await eventually(async () => expect(await storedOf(stream)).toEqual([40]), isShort);
    await store.restart();
    const client = store.connect();
    const after = await eventually(() => client.appendToStream(stream, event(), { expectedRevision: NO_STREAM }));
    expect(after.nextExpectedRevision).toBe(41n);
    expect(after.position!.commit).toBeGreaterThan(before.position!.commit + 1n);
    expect(idsOf(await eventsOf(client, stream))).toHaveLength(1);
  });
});
