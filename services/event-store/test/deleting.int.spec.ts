import { Database } from '#postgres';
import { eventually } from '#testing';
import {
  ANY,
  BACKWARDS,
  END,
  jsonEvent,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
  type AppendToStreamOptions,
} from '@eventstore/db-client';
import { event, events, eventsOf, idsOf, newStream, wholeLog } from './events';
import { runningEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
beforeAll(async () => (store = await runningEventStore()));
afterAll(() => store.close());

const waysToAppend: [string, AppendToStreamOptions][] = [
  ['BatchAppend', {}],
  ['Append', { credentials: { username: 'anybody', password: 'ignored' } }],
];

const written = async (howMany: number): Promise<string> => {
  const stream = newStream();
  await store.client.appendToStream(stream, events(howMany));
  return stream;
};

/** `$tb` as it is stored: 2^63 - 1 is more than a number holds. */
const settingsOf = async (stream: string): Promise<string | undefined> => {
  const database = await Database.open({ url: store.database.ownerUrl, applicationName: 'spec', poolSize: 1 });
  const [row] = await database.query<{ data: Buffer }>('select data from log.events where stream = $1 order by revision desc limit 1', [
    `$$${stream}`,
  ]);
  await database.close();
  return row?.data.toString();
};

describe('a stream that is deleted', () => {
  it('is not found, by its settings, and the answer tells the position of the event that sets them', async () => {
    const stream = await written(3);
    const { position } = await store.client.deleteStream(stream);
    await expect(eventsOf(store.client, stream)).rejects.toBeInstanceOf(StreamNotFoundError);
    await expect(eventsOf(store.client, stream, { direction: BACKWARDS, fromRevision: END })).rejects.toBeInstanceOf(StreamNotFoundError);
    expect(await settingsOf(stream)).toBe('{"$tb":9223372036854775807}');
    expect((await wholeLog(store.client)).at(-1)).toMatchObject({ streamId: `$$${stream}`, type: '$metadata', position });
  });

  it.each(waysToAppend)('is recreated by an append (%s), numbered on, with settings that begin there', async (_way, way) => {
    for (const expectedRevision of [NO_STREAM, ANY, 2n] as const) {
      const stream = await written(3);
      await store.client.deleteStream(stream);
      const sent = events(2);

      const result = await store.client.appendToStream(stream, sent, { ...way, expectedRevision });

      expect(result).toMatchObject({ success: true, nextExpectedRevision: 4n });
      const found = await eventsOf(store.client, stream);
      expect(idsOf(found)).toEqual(idsOf(sent));
      expect(found.map(({ revision }) => revision)).toEqual([3n, 4n]);
      expect(await settingsOf(stream)).toBe('{"$tb":3}');
      expect(result.position?.commit).toBe((await wholeLog(store.client)).find(({ id }) => id === sent[1]?.id)?.position.commit);
    }
  });

  it.each(waysToAppend)('cannot be asked to exist (%s), nor to be where it is not', async (_way, way) => {
    const stream = await written(3);
    await store.client.deleteStream(stream);
    await expect(store.client.appendToStream(stream, event(), { ...way, expectedRevision: STREAM_EXISTS })).rejects.toMatchObject({
      constructor: StreamDeletedError,
      streamName: stream,
    });
    await expect(store.client.appendToStream(stream, event(), { ...way, expectedRevision: 1n })).rejects.toMatchObject({
      constructor: WrongExpectedVersionError,
      actualVersion: 2n,
    });
    await expect(eventsOf(store.client, stream)).rejects.toBeInstanceOf(StreamNotFoundError);
  });

  it('knows an append again that was stored before, and stays deleted by it', async () => {
    const stream = newStream();
    const sent = events(2);
    const first = await store.client.appendToStream(stream, sent, { expectedRevision: NO_STREAM });
    await store.client.deleteStream(stream);
    for (const expectedRevision of [NO_STREAM, ANY] as const) {
      expect(await store.client.appendToStream(stream, sent, { expectedRevision })).toEqual(first);
      await expect(store.client.appendToStream(stream, [sent[0]!, event()], { expectedRevision })).rejects.toBeInstanceOf(
        WrongExpectedVersionError,
      );
    }
    await expect(eventsOf(store.client, stream)).rejects.toBeInstanceOf(StreamNotFoundError);
  });

  it('keeps what else its settings said when it was deleted by them', async () => {
    const stream = await written(2);
    await store.client.appendToStream(`$$${stream}`, {
      ...jsonEvent({ type: '$metadata', data: {} }),
      contentType: 'application/octet-stream',
      data: Buffer.from('{"$maxCount":1,"note":"ours","$tb":9223372036854775807}'),
    });
    await expect(eventsOf(store.client, stream)).rejects.toBeInstanceOf(StreamNotFoundError);
    const sent = events(2);
    await store.client.appendToStream(stream, sent);
    expect(idsOf(await eventsOf(store.client, stream))).toEqual([sent[1]!.id]);
    expect(await settingsOf(stream)).toBe('{"$maxCount":1,"note":"ours","$tb":2}');
  });

  it('comes back, empty, when its settings are set anew', async () => {
    const stream = await written(2);
    await store.client.deleteStream(stream);
    await store.client.setStreamMetadata(stream, { maxCount: 5 });
    expect(await settingsOf(stream)).toBe('{"$maxCount":5,"$tb":2}');
    expect(await eventsOf(store.client, stream)).toEqual([]);
  });

  it('may be deleted again, also after it was recreated', async () => {
    const stream = await written(2);
    for (const expectedRevision of [1n, ANY, 1n, NO_STREAM] as const) await store.client.deleteStream(stream, { expectedRevision });
    await store.client.appendToStream(stream, event());
    await store.client.deleteStream(stream, { expectedRevision: 2n });
    await expect(eventsOf(store.client, stream)).rejects.toBeInstanceOf(StreamNotFoundError);
    expect((await store.client.appendToStream(stream, event())).nextExpectedRevision).toBe(3n);
  });

  it('goes on for its subscribers where it is recreated', async () => {
    const stream = await written(2);
    const heard: bigint[] = [];
    const subscription = store.client.subscribeToStream(stream);
    subscription.on('data', ({ event: recorded }) => recorded !== undefined && heard.push(recorded.revision));
    await eventually(() => heard.length === 2);
    await store.client.deleteStream(stream);
    await store.client.appendToStream(stream, event(), { expectedRevision: NO_STREAM });
    await eventually(() => heard.length === 3);
    await subscription.unsubscribe();
    expect(heard).toEqual([0n, 1n, 2n]);
  });

  it('is still known as deleted after a restart', async () => {
    const stream = await written(2);
    await store.client.deleteStream(stream);
    await store.restart();
    const client = store.connect();
    await expect(eventsOf(client, stream)).rejects.toBeInstanceOf(StreamNotFoundError);
    await expect(client.appendToStream(stream, event(), { expectedRevision: STREAM_EXISTS })).rejects.toBeInstanceOf(StreamDeletedError);
    expect((await client.appendToStream(stream, event(), { expectedRevision: NO_STREAM })).nextExpectedRevision).toBe(2n);
  });
});

describe('deleting', () => {
  it.each(['deleteStream', 'tombstoneStream'] as const)(
    'is refused at another version than it expects, which the error tells (%s)',
    async (remove) => {
      const stream = await written(3);
      for (const [expectedRevision, expectedVersion] of [
        [1n, 1n],
        [7n, 7n],
        [NO_STREAM, -1n],
      ] as const) {
        await expect(store.connect()[remove](stream, { expectedRevision })).rejects.toMatchObject({
          constructor: WrongExpectedVersionError,
          streamName: stream,
          expectedVersion,
          actualVersion: 2n,
        });
      }
      expect(await eventsOf(store.client, stream)).toHaveLength(3);
    },
  );

  it('needs a stream, be it by its settings alone', async () => {
    const [missing, configured] = [newStream(), newStream()];
    await store.client.setStreamMetadata(configured, { maxCount: 2 });
    for (const expectedRevision of [ANY, NO_STREAM] as const) {
      await expect(store.connect().deleteStream(missing, { expectedRevision })).rejects.toMatchObject({
        constructor: WrongExpectedVersionError,
        actualVersion: -1n,
      });
      await store.client.deleteStream(configured, { expectedRevision });
    }
    expect((await store.client.appendToStream(configured, event())).nextExpectedRevision).toBe(0n);
    expect(await eventsOf(store.client, configured)).toHaveLength(1);
  });

  it('leaves settings to their stream', async () => {
    const stream = await written(1);
    await expect(store.client.deleteStream(`$$${stream}`)).rejects.toThrow('not deleted by themselves');
    await expect(store.client.tombstoneStream(`$$${stream}`)).rejects.toThrow('not deleted by themselves');
  });

  it('tells of names beyond ASCII as a trailer can', async () => {
    const stream = `${await written(0)}-Büro ☎`;
    await store.client.appendToStream(stream, event());
    await expect(store.connect().deleteStream(stream, { expectedRevision: 5n })).rejects.toMatchObject({
      streamName: stream.replace('Büro ☎', 'B%C3%BCro %E2%98%8E'),
    });
  });
});

describe('a stream with a tombstone', () => {
  const ended = async (): Promise<string> => {
    const stream = await written(3);
    await store.client.tombstoneStream(stream);
    return stream;
  };

  it('ends with an event of the system, at the last revision there is', async () => {
    const stream = await written(1);
    const { position } = await store.client.tombstoneStream(stream, { expectedRevision: 0n });
    expect((await wholeLog(store.client)).at(-1)).toMatchObject({
      streamId: stream,
      type: '$streamDeleted',
      revision: 2n ** 63n - 1n,
      isJson: false,
      position,
    });
  });

  it.each(waysToAppend)('takes no append ever again (%s), whatever it expects', async (_way, way) => {
    const stream = await ended();
    for (const expectedRevision of [ANY, NO_STREAM, STREAM_EXISTS, 2n] as const) {
      await expect(store.connect().appendToStream(stream, event(), { ...way, expectedRevision })).rejects.toMatchObject({
        constructor: StreamDeletedError,
        streamName: stream,
      });
    }
    await expect(store.connect().setStreamMetadata(stream, { maxCount: 1 })).rejects.toBeInstanceOf(StreamDeletedError);
  });

  it('cannot be read, subscribed to, configured or deleted, also after a restart', async () => {
    const stream = await ended();
    const client = store.connect();
    const refusals = async () => {
      await expect(eventsOf(client, stream)).rejects.toMatchObject({ constructor: StreamDeletedError, streamName: stream });
      await expect(eventsOf(client, stream, { direction: BACKWARDS, fromRevision: END })).rejects.toBeInstanceOf(StreamDeletedError);
      await expect(client.getStreamMetadata(stream)).rejects.toBeInstanceOf(StreamDeletedError);
      await expect(new Promise((_, reject) => client.subscribeToStream(stream).once('error', reject))).rejects.toBeInstanceOf(
        StreamDeletedError,
      );
      for (const expectedRevision of [ANY, 2n] as const) {
        await expect(client.deleteStream(stream, { expectedRevision })).rejects.toBeInstanceOf(StreamDeletedError);
        await expect(client.tombstoneStream(stream, { expectedRevision })).rejects.toBeInstanceOf(StreamDeletedError);
      }
    };
    await refusals();
    await store.restart();
    await eventually(() => client.appendToStream(newStream(), event()));
    await refusals();
  });

  it('ends its subscriptions', async () => {
    const stream = await written(2);
    const subscription = store.client.subscribeToStream(stream);
    const ending = new Promise((resolve) => subscription.once('error', resolve));
    subscription.on('data', () => undefined);
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    await store.client.tombstoneStream(stream);
    expect(await ending).toBeInstanceOf(StreamDeletedError);
  });

  it('may never have held an event, or be deleted already', async () => {
    const [missing, deleted] = [newStream(), await written(2)];
    await store.client.deleteStream(deleted);
    await store.client.tombstoneStream(missing, { expectedRevision: NO_STREAM });
    await store.client.tombstoneStream(deleted, { expectedRevision: 1n });
    for (const stream of [missing, deleted]) await expect(eventsOf(store.client, stream)).rejects.toBeInstanceOf(StreamDeletedError);
  });
});
