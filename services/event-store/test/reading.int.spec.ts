import { BACKWARDS, END, FORWARDS, START, StreamNotFoundError } from '@eventstore/db-client';
import { event, events, eventsOf, idsOf, newStream, wholeLog } from './events';
import { runningEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
beforeAll(async () => (store = await runningEventStore()));
afterAll(() => store.close());

describe('reading a stream', () => {
  const stream = newStream();
  const sent = events(10);
  beforeAll(() => store.client.appendToStream(stream, sent));

  it.each([
    ['from its start', {}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['from a revision, which it includes', { fromRevision: 7n }, [7, 8, 9]],
    ['no further than it is asked', { fromRevision: 2n, maxCount: 3 }, [2, 3, 4]],
    ['from behind its end', { fromRevision: 10n }, []],
    ['forwards from its end', { fromRevision: END }, []],
    ['backwards from its end', { direction: BACKWARDS, fromRevision: END, maxCount: 2 }, [9, 8]],
    ['backwards from a revision, which it includes', { direction: BACKWARDS, fromRevision: 2n }, [2, 1, 0]],
    ['backwards from behind its end', { direction: BACKWARDS, fromRevision: 2n ** 64n - 1n, maxCount: 1 }, [9]],
    ['backwards from its start', { direction: BACKWARDS, fromRevision: START }, [0]],
  ] as const)('%s', async (_case, options, expected) => {
    expect(idsOf(await eventsOf(store.client, stream, options))).toEqual(expected.map((nth) => sent[nth]!.id));
  });

  it('that is missing is an error of its own', async () => {
    await expect(eventsOf(store.client, 'connection-missing')).rejects.toMatchObject({
      constructor: StreamNotFoundError,
      message: 'connection-missing not found',
    });
  });

  it('of many pages, by events and by bytes, gives every event once and in order', async () => {
    const [many, large] = [newStream(), newStream()];
    const small = events(1_234);
    await store.client.appendToStream(many, small);
    const big = Array.from({ length: 8 }, () => ({ ...event(), data: { filling: 'x'.repeat(400_000) } }));
    for (const each of big) await store.client.appendToStream(large, each);
    expect(idsOf(await eventsOf(store.client, many))).toEqual(idsOf(small));
    expect(idsOf(await eventsOf(store.client, large))).toEqual(idsOf(big));
    expect(idsOf(await eventsOf(store.client, large, { direction: BACKWARDS, fromRevision: END }))).toEqual(idsOf(big).reverse());
  });
});

describe('the settings of a stream', () => {
  it('are kept as events of its metastream, of which the newest is in force', async () => {
    const stream = newStream();
    await store.client.setStreamMetadata(stream, { maxCount: 5 });
    await store.client.setStreamMetadata(stream, { maxCount: 7, maxAge: 60, note: 'ours' });
    expect((await store.client.getStreamMetadata(stream)).metadata).toEqual({ maxCount: 7, maxAge: 60, note: 'ours' });
    expect(await eventsOf(store.client, `$$${stream}`)).toMatchObject([{ type: '$metadata', revision: 1n }]);
  });
});

describe('reading the whole log', () => {
  it('gives every event of every stream in the order of the commits, settings included', async () => {
    const [one, other] = [newStream(), newStream()];
    const sent = events(4);
    await store.client.appendToStream(one, sent.slice(0, 2));
    await store.client.setStreamMetadata(one, { maxCount: 100 });
    await store.client.appendToStream(other, sent.slice(2));
    const log = await wholeLog(store.client);
    expect(log.slice(-5).map(({ streamId }) => streamId)).toEqual([one, one, `$$${one}`, other, other]);
    const first = log.at(-5)!.position.commit;
    expect(log.slice(-5).map(({ position }) => position.commit)).toEqual([0n, 1n, 2n, 3n, 4n].map((nth) => first + nth));
  });

  it('includes the position it begins at forwards, and excludes it backwards', async () => {
    const log = await wholeLog(store.client);
    const position = log[5]!.position;
    const read = async (options: Parameters<typeof store.client.readAll>[0]): Promise<string[]> => {
      const ids: string[] = [];
      for await (const { event: recorded } of store.client.readAll(options)) ids.push(recorded!.id);
      return ids;
    };
    expect(await read({ fromPosition: position, direction: FORWARDS, maxCount: 2 })).toEqual(idsOf(log.slice(5, 7)));
    expect(await read({ fromPosition: position, direction: BACKWARDS, maxCount: 2 })).toEqual(idsOf([log[4]!, log[3]!]));
    expect(await read({ fromPosition: END, direction: BACKWARDS, maxCount: 1 })).toEqual(idsOf(log.slice(-1)));
    expect(await read({ fromPosition: END, direction: FORWARDS })).toEqual([]);
    expect(await read({ fromPosition: START, direction: BACKWARDS })).toEqual([]);
  });
});
