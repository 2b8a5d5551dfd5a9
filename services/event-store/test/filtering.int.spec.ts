import { eventually } from '#testing';
import {
  eventTypeFilter,
  jsonEvent,
  streamNameFilter,
  type AllStreamSubscription,
  type Filter,
  type SubscribeToAllOptions,
} from '@eventstore/db-client';
import { event, newStream } from './events';
import { runningEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
beforeAll(async () => (store = await runningEventStore()));
afterAll(() => store.close());

const subscriptions: AllStreamSubscription[] = [];
afterEach(() => Promise.all(subscriptions.splice(0).map((each) => each.unsubscribe())));

/** What a subscription gives of what is stored. */
const found = async (options: SubscribeToAllOptions): Promise<{ type: string; streamId: string; data: unknown }[]> => {
  const heard: { type: string; streamId: string; data: unknown }[] = [];
  const subscription = store.client.subscribeToAll(options);
  subscriptions.push(subscription);
  let isCaughtUp = false;
  subscription.on('caughtUp', () => (isCaughtUp = true));
  subscription.on('data', ({ event: recorded }) => recorded !== undefined && heard.push(recorded));
  await eventually(() => isCaughtUp);
  return heard;
};

const refusalOf = (filter: Filter): Promise<unknown> =>
  new Promise((resolve) => store.client.subscribeToAll({ filter }).once('error', resolve));

describe('a regular expression', () => {
  const types = ['Renamed.v1', 'renamed.v2', 'Removed.v1', 'Ürün.v1'];
  beforeAll(() =>
    store.client.appendToStream(
      newStream(),
      types.map((type) => event(type)),
    ),
  );

  it.each([
    ['matches anywhere unless it is anchored', 'named', ['Renamed.v1', 'renamed.v2']],
    ['knows anchors, classes and alternatives', '^Re(named|moved)\\.v\\d$', ['Renamed.v1', 'Removed.v1']],
    ['knows flags inside, as .NET has them', '(?i)^RENAMED', ['Renamed.v1', 'renamed.v2']],
    ['knows letters of every script', '^\\p{L}+\\.v1$', ['Renamed.v1', 'Removed.v1', 'Ürün.v1']],
    ['knows named groups', '^(?<what>Removed)\\.', ['Removed.v1']],
  ])('%s', async (_what, regex, expected) => {
    expect((await found({ filter: eventTypeFilter({ regex }) })).map(({ type }) => type)).toEqual(expected);
  });

  it('that other engines take for ever with is done with at once', async () => {
    const stream = `${'a'.repeat(1_000)}!`;
    await store.client.appendToStream(stream, event());
    expect(await found({ filter: streamNameFilter({ regex: '^(a+)+$' }) })).toEqual([]);
    expect(await found({ filter: streamNameFilter({ regex: '^(a|a?)+!$' }) })).toMatchObject([{ streamId: stream }]);
  });

  it.each(['^(?!Renamed)', '(?<=v)1', '(.)\\1', '('])(
    'that needs more than linear time, or is none, is refused in words: %s',
    async (regex) => {
      expect(await refusalOf(eventTypeFilter({ regex }))).toMatchObject({
        message: expect.stringContaining('not a regular expression that can be matched in linear time'),
      });
    },
  );
});

describe('a link', () => {
  it('is given as the event it is, where nobody asks to have it resolved', async () => {
    const [target, links] = [newStream(), newStream()];
    await store.client.appendToStream(target, event());
    await store.client.appendToStream(links, {
      ...jsonEvent({ type: '$>', data: {} }),
      contentType: 'application/octet-stream',
      data: Buffer.from(`0@${target}`),
    });
    const given = await found({ filter: streamNameFilter({ prefixes: [links] }) });
    expect(given).toMatchObject([{ type: '$>', streamId: links }]);
    expect(Buffer.from(given[0]!.data as Uint8Array).toString()).toBe(`0@${target}`);
  });
});
