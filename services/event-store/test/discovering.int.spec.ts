import { GossipClient } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { MemberInfo, type ClusterInfo } from '@eventstore/db-client/generated/gossip_pb';
import { Empty } from '@eventstore/db-client/generated/shared_pb';
import { credentials } from '@grpc/grpc-js';
import { event, eventsOf, idsOf, newStream } from './events';
import { runningEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
beforeAll(async () => (store = await runningEventStore({ host: '0.0.0.0' })));
afterAll(() => store.close());

const portOf = ({ target }: RunningEventStore): string => target.split(':')[1] ?? '';

const gossipAt = async (target: string): Promise<ClusterInfo.AsObject['membersList']> => {
  const client = new GossipClient(target, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) =>
      client.read(new Empty(), (error, answer) => (error === null ? resolve(answer.toObject().membersList) : reject(error))),
    );
  } finally {
    client.close();
  }
};

describe('discovering the event store', () => {
  it.each(['leader', 'follower', 'random', 'readOnlyReplica'])(
    'finds the one node there is, whichever is preferred: %s',
    async (preference) => {
      const client = store.connect(`esdb+discover://127.0.0.1:${portOf(store)}?tls=false&nodePreference=${preference}`);
      const [stream, sent] = [newStream(), event()];
      await client.appendToStream(stream, sent);
      expect(idsOf(await eventsOf(client, stream))).toEqual([sent.id]);
    },
  );

  it('also works from a list of which only one answers', async () => {
    const client = store.connect(`esdb://127.0.0.1:1,127.0.0.1:${portOf(store)}?tls=false`);
    expect((await client.appendToStream(newStream(), event())).success).toBe(true);
  });

  it.each(['127.0.0.1', 'localhost'])('answers the address that was asked, also where it listens on every one: %s', async (host) => {
    expect(await gossipAt(`${host}:${portOf(store)}`)).toMatchObject([
      { isAlive: true, state: MemberInfo.VNodeState.LEADER, httpEndPoint: { address: host, port: Number(portOf(store)) } },
    ]);
  });

  it('goes on after the server was started again, as another instance', async () => {
    const client = store.connect(`esdb+discover://127.0.0.1:${portOf(store)}?tls=false`);
    const stream = newStream();
    await client.appendToStream(stream, event());
    const [before] = await gossipAt(`127.0.0.1:${portOf(store)}`);
    await store.restart();
    const [after] = await gossipAt(`127.0.0.1:${portOf(store)}`);
    expect(after?.instanceId).not.toEqual(before?.instanceId);
    await client.appendToStream(stream, event()).catch(() => undefined); // a call that finds the old connection dead fails, the next discovers
    await client.appendToStream(stream, event());
  });
});
