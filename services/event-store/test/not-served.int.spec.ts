import { persistentSubscriptionToStreamSettingsFromDefaults, type EventStoreDBClient } from '@eventstore/db-client';
import { ServerFeaturesClient } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { Empty } from '@eventstore/db-client/generated/shared_pb';
import { credentials } from '@grpc/grpc-js';
import { event, eventsOf, newStream } from './events';
import { runningEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
beforeAll(async () => (store = await runningEventStore()));
afterAll(() => store.close());

describe('what the embedded event store does not serve', () => {
  const stream = newStream();
  beforeAll(() => store.client.appendToStream(stream, event()));

  const calls: [string, (client: EventStoreDBClient) => Promise<unknown>, string][] = [
    [
      'creating a persistent subscription',
      (client) => client.createPersistentSubscriptionToStream(stream, 'group', persistentSubscriptionToStreamSettingsFromDefaults()),
      'does not serve persistent subscriptions yet',
    ],
    [
      'joining a persistent subscription',
      (client) => new Promise((_, reject) => client.subscribeToPersistentSubscriptionToStream(stream, 'group').once('error', reject)),
      'does not serve persistent subscriptions yet',
    ],
    ['projections', (client) => client.enableProjection('$by_category'), 'has no projections'],
    ['links', (client) => eventsOf(client, stream, { resolveLinkTos: true }), 'has no links to resolve yet'],
  ];

  it.each(calls)('is said in a sentence: %s', async (_what, call, sentence) => {
    await expect(call(store.client)).rejects.toThrow(`12 UNIMPLEMENTED: The embedded event store ${sentence}`);
    expect(await eventsOf(store.client, stream)).toHaveLength(1);
  });

  it('is not listed among the methods it supports', async () => {
    const features = new ServerFeaturesClient(store.target, credentials.createInsecure());
    const methods = await new Promise<string[]>((resolve, reject) =>
      features.getSupportedMethods(new Empty(), (error, answer) => {
        if (error) reject(error);
        else resolve(answer.getMethodsList().map((method) => `${method.getServiceName()}/${method.getMethodName()}`));
      }),
    );
    features.close();
    expect(methods).toEqual([
      'event_store.client.streams.streams/append',
      'event_store.client.streams.streams/batchappend',
      'event_store.client.streams.streams/read',
      'event_store.client.streams.streams/delete',
      'event_store.client.streams.streams/tombstone',
      'event_store.client.server_features.serverfeatures/getsupportedmethods',
      'event_store.client.gossip.gossip/read',
    ]);
  });
});
