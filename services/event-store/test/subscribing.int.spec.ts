import { eventually } from '#testing';
import {
  END,
  eventTypeFilter,
  excludeSystemEvents,
  START,
  streamNameFilter,
  type AllStreamSubscription,
  type EventStoreDBClient,
  type Filter,
  type Position,
  type StreamSubscription,
  type SubscribeToAllOptions,
} from '@eventstore/db-client';
import { event, events, idsOf, newStream, wholeLog } from './events';
import { runningEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
beforeEach(async () => (store = await runningEventStore()));
afterEach(() => store.close());

describe('a subscription', () => {
  it('to the whole log gives what there is, says once that it has caught up, and goes on with what comes', async () => {
    const [before, after] = [events(3), events(2)];
    await store.client.appendToStream(newStream(), before);
    const heard = listenToAll(store.client);
    await eventually(() => heard.includes('caught up'));
    await store.client.appendToStream(newStream(), after.slice(0, 1));
    await store.client.appendToStream(newStream(), after.slice(1));
    await eventually(() => heard.length === 7);
    expect(heard).toEqual(['confirmed', ...idsOf(before), 'caught up', ...idsOf(after)]);
  });

  it('to a stream waits for one that does not exist yet, and hears of no other', async () => {
    const stream = newStream();
    const heard = listen(store.client.subscribeToStream(stream));
    await eventually(() => heard.includes('caught up'));
    await store.client.appendToStream(newStream(), event());
    const sent = events(3);
    for (const each of sent) await store.client.appendToStream(stream, each);
    await eventually(() => heard.length === 5);
    expect(heard).toEqual(['confirmed', 'caught up', ...idsOf(sent)]);
  });

  it('begins after the revision or the position it names, or with what comes next', async () => {
    const stream = newStream();
    const sent = events(5);
    await store.client.appendToStream(stream, sent.slice(0, 4));
    const position = (await wholeLog(store.client))[1]!.position;
    const heard = [
      listen(store.client.subscribeToStream(stream, { fromRevision: 1n })),
      listenToAll(store.client, { fromPosition: position }),
      listen(store.client.subscribeToStream(stream, { fromRevision: END })),
      listenToAll(store.client, { fromPosition: END }),
    ];
    await eventually(() => heard.every((each) => each.includes('caught up')));
    await store.client.appendToStream(stream, sent.slice(4));
    await eventually(() => heard.every((each) => each.at(-1) === sent[4]!.id));
    const eventsHeard = heard.map((each) => each.filter((what) => idsOf(sent).includes(what)));
    expect(eventsHeard).toEqual([idsOf(sent.slice(2)), idsOf(sent.slice(2)), idsOf(sent.slice(4)), idsOf(sent.slice(4))]);
  });

  it('misses and repeats nothing while it catches up and others write', async () => {
    await store.client.appendToStream(newStream(), events(2_000));
    const writing = Promise.all(Array.from({ length: 600 }, () => store.client.appendToStream(newStream(), event())));
    const heard = listenToAll(store.connect());
    await writing;
    const log = idsOf(await wholeLog(store.client));
    await eventually(() => heard.filter((what) => what.includes('-')).length === log.length);
    expect(heard.filter((what) => what.includes('-'))).toEqual(log);
  });

  it('gives a slow client everything, in its own time', async () => {
    const subscription = store.connect().subscribeToAll({ fromPosition: START });
    const sent = events(1_500);
    await store.client.appendToStream(newStream(), sent);
    const got: string[] = [];
    for await (const { event: recorded } of subscription) {
      got.push(recorded!.id);
      if (got.length % 100 === 0) await store.client.appendToStream('heartbeats', event());
      if (got.length === sent.length) break;
    }
    expect(got).toEqual(idsOf(sent));
  });

  it('ends with its client: nothing keeps running for one that has left', async () => {
    const subscriptions = Array.from({ length: 5 }, () => store.client.subscribeToAll());
    await Promise.all(subscriptions.map((each) => new Promise((resolve) => each.once('confirmation', resolve))));
    await Promise.all(subscriptions.map((each) => each.unsubscribe()));
    const started = Date.now();
    await store.restart(); // would wait for the calls that are still open
    expect(Date.now() - started).toBeLessThan(4_000);
  });
});

describe('a filter', () => {
  const filters: [string, Filter, RegExp][] = [
    ['prefixes of event types', eventTypeFilter({ prefixes: ['Alpha', 'Gamma'] }), /^(Alpha|Gamma)/],
    ['a regular expression over event types', eventTypeFilter({ regex: '^B.*v1$' }), /^B.*v1$/],
    ['whatever is not of the system', excludeSystemEvents(), /^[^$]/],
  ];

  it.each(filters)('of %s lets only those through', async (_of, filter, expected) => {
    const types = ['Alpha.v1', 'Beta.v1', 'Beta.v2', 'Gamma.v1'];
    await store.client.appendToStream(
      newStream(),
      types.map((type) => event(type)),
    );
    await store.client.setStreamMetadata(newStream(), { maxCount: 1 });
    const heard = listenToAll(store.client, { filter }, ({ type }) => type);
    await eventually(() => heard.includes('caught up'));
    expect(heard.slice(1, -1)).toEqual(types.filter((type) => expected.test(type)));
  });

  it('of stream names lets only those streams through', async () => {
    await store.client.appendToStream('connection-1', event());
    await store.client.appendToStream('name-1', event());
    for (const filter of [streamNameFilter({ prefixes: ['name-'] }), streamNameFilter({ regex: '^name' })]) {
      const heard = listenToAll(store.client, { filter }, ({ streamId }) => streamId);
      await eventually(() => heard.includes('caught up'));
      expect(heard).toEqual(['confirmed', 'name-1', 'caught up']);
    }
  });

  it('that is no regular expression is refused in words', async () => {
    const subscription = store.client.subscribeToAll({ filter: eventTypeFilter({ regex: '(' }) });
    await expect(new Promise((_, reject) => subscription.once('error', reject))).rejects.toThrow('not a regular expression');
  });
});

describe('checkpoints of a filtered subscription', () => {
  const checkpointsOf = (checkpoints: bigint[], options: { maxSearchWindow: number; checkpointInterval: number }): Filter =>
    eventTypeFilter({
      prefixes: ['Wanted'],
      ...options,
      checkpointReached: (_, position: Position) => {
        checkpoints.push(position.commit);
        return Promise.resolve();
      },
    });

  it('come after each window times multiplier of events, wanted or not, and once when it has caught up', async () => {
    await store.client.appendToStream(newStream(), [event('Wanted'), ...events(24, 'Other')]);
    const checkpoints: bigint[] = [];
    const heard = listenToAll(store.client, { filter: checkpointsOf(checkpoints, { maxSearchWindow: 5, checkpointInterval: 2 }) });
    await eventually(() => heard.includes('caught up'));
    expect(checkpoints).toEqual([10n, 20n, 25n]);

    await store.client.appendToStream(newStream(), events(10, 'Other'));
    await eventually(() => checkpoints.length === 4);
    expect(checkpoints.at(-1)).toBe(35n);
    expect(heard).toHaveLength(3);
  });

  it('are where a later subscription goes on, so what was left out is not read again', async () => {
    await store.client.appendToStream(newStream(), [event('Wanted'), ...events(9, 'Other')]);
    const checkpoints: bigint[] = [];
    const filter = checkpointsOf(checkpoints, { maxSearchWindow: 32, checkpointInterval: 1 });
    const heard = listenToAll(store.client, { filter });
    await eventually(() => heard.includes('caught up'));
    const sent = event('Wanted');
    await store.client.appendToStream(newStream(), sent);
    const commit = checkpoints.at(-1)!;
    expect(commit).toBe(10n);
    const later = listenToAll(store.client, { filter, fromPosition: { commit, prepare: commit } });
    await eventually(() => later.includes('caught up'));
    expect(later).toEqual(['confirmed', sent.id, 'caught up']);
  });
});

interface Recorded {
  readonly id: string;
  readonly type: string;
  readonly streamId: string;
}

const listenToAll = (client: EventStoreDBClient, options?: SubscribeToAllOptions, show?: (event: Recorded) => string): string[] =>
  listen(client.subscribeToAll(options), show);

/** What a subscription says, in its order; grows as it goes on. */
const listen = (subscription: AllStreamSubscription | StreamSubscription, show = ({ id }: Recorded): string => id): string[] => {
  const heard: string[] = [];
  subscription.on('confirmation', () => heard.push('confirmed'));
  subscription.on('caughtUp', () => heard.push('caught up'));
  subscription.on('data', ({ event: recorded }) => recorded !== undefined && heard.push(show(recorded)));
  subscription.on('error', (error) => heard.push(error.message));
  return heard;
};
