import { Database } from '#postgres';
import {
  ANY,
  binaryEvent,
  DeadlineExceededError,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  WrongExpectedVersionError,
  type AppendToStreamOptions,
} from '@eventstore/db-client';
import { event, events, eventsOf, idsOf, newStream, wholeLog } from './events';
import { runningEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
beforeAll(async () => (store = await runningEventStore()));
afterAll(() => store.close());

/** The client appends in batches over one long call, unless the append brings credentials of its own. */
const waysToAppend: [string, AppendToStreamOptions][] = [
  ['BatchAppend', {}],
  ['Append', { credentials: { username: 'anybody', password: 'ignored' } }],
];

describe.each(waysToAppend)('an append (%s)', (_way, way) => {
  it('stores its events one after the other, as they were', async () => {
    const stream = newStream();
    const first = jsonEvent({
      type: 'ConnectionCreated.v1',
      data: { name: 'Büro ☎', nested: { z: 1, a: [1.5, null] } },
      metadata: { by: 'spec' },
    });
    const second = binaryEvent({ type: 'Scanned', data: new Uint8Array([0, 1, 254, 255]) });
    const before = Date.now();

    const result = await store.client.appendToStream(stream, [first, second], { ...way, expectedRevision: NO_STREAM });

    expect(result).toMatchObject({ success: true, nextExpectedRevision: 1n });
    const [stored, binary] = await eventsOf(store.client, stream);
    expect(stored).toMatchObject({ id: first.id, streamId: stream, type: first.type, revision: 0n, isJson: true });
    expect(JSON.stringify([stored?.data, stored?.metadata])).toBe(JSON.stringify([first.data, first.metadata]));
    expect(stored?.created.getTime()).toBeGreaterThanOrEqual(before);
    expect(stored?.created.getTime()).toBeLessThanOrEqual(Date.now());
    expect(binary).toMatchObject({ type: 'Scanned', revision: 1n, isJson: false });
    expect(Buffer.from(binary?.data as Uint8Array)).toEqual(Buffer.from(second.data));
    expect(result.position?.commit).toBe((await wholeLog(store.client)).at(-1)?.position.commit);
  });

  it('is refused where the stream is not at the version it expects, and hears where it is', async () => {
    const stream = newStream();
    await expect(store.client.appendToStream(stream, event(), { ...way, expectedRevision: 0n })).rejects.toMatchObject({
      constructor: WrongExpectedVersionError,
      streamName: stream,
      expectedVersion: 0n,
      actualVersion: 'no_stream',
    });
    await store.client.appendToStream(stream, events(3), way);
    for (const expectedRevision of [NO_STREAM, 1n, 3n] as const) {
      await expect(store.client.appendToStream(stream, event(), { ...way, expectedRevision })).rejects.toMatchObject({
        constructor: WrongExpectedVersionError,
        expectedVersion: expectedRevision,
        actualVersion: 2n,
      });
    }
    expect(await eventsOf(store.client, stream)).toHaveLength(3);
  });

  it('may ask for a stream that exists, be it by its settings alone', async () => {
    const [written, configured, missing] = [newStream(), newStream(), newStream()];
    await store.client.appendToStream(written, event(), way);
    await store.client.setStreamMetadata(configured, { maxCount: 5 });
    const exists = { ...way, expectedRevision: STREAM_EXISTS } as const;
    expect((await store.client.appendToStream(written, event(), exists)).nextExpectedRevision).toBe(1n);
    expect((await store.client.appendToStream(configured, event(), exists)).nextExpectedRevision).toBe(0n);
    await expect(store.client.appendToStream(missing, event(), exists)).rejects.toMatchObject({
      constructor: WrongExpectedVersionError,
      expectedVersion: 'stream_exists',
      actualVersion: 'no_stream',
    });
  });

  it.each([NO_STREAM, ANY] as const)(
    'that is repeated succeeds as it did the first time and stores nothing (%s)',
    async (expectedRevision) => {
      const stream = newStream();
      const sent = events(2);
      const first = await store.client.appendToStream(stream, sent, { ...way, expectedRevision });
      await store.client.appendToStream(stream, events(3), way);

      const again = await store.client.appendToStream(stream, sent, { ...way, expectedRevision });

      expect(again).toMatchObject({ success: true, nextExpectedRevision: 1n, position: first.position });
      expect(await eventsOf(store.client, stream)).toHaveLength(5);
    },
  );

  it('that is repeated while the first is still on its way is stored once', async () => {
    const stream = newStream();
    const sent = event();
    const results = await Promise.all(
      [1, 2, 3].map(() => store.client.appendToStream(stream, sent, { ...way, expectedRevision: NO_STREAM })),
    );
    expect(results.map(({ nextExpectedRevision }) => nextExpectedRevision)).toEqual([0n, 0n, 0n]);
    expect(idsOf(await eventsOf(store.client, stream))).toEqual([sent.id]);
  });

  it.each([NO_STREAM, ANY] as const)('of which only a part was stored before is refused (%s)', async (expectedRevision) => {
    const stream = newStream();
    const known = event();
    await store.client.appendToStream(stream, [known, event()], way);
    await expect(store.client.appendToStream(stream, [known, event()], { ...way, expectedRevision })).rejects.toMatchObject({
      constructor: WrongExpectedVersionError,
      actualVersion: 1n,
    });
  });

  it('of an id that lies at the version it expects is stored again: ids are compared only behind the head', async () => {
    const stream = newStream();
    const sent = event();
    await store.client.appendToStream(stream, sent, { ...way, expectedRevision: NO_STREAM });
    const again = await store.client.appendToStream(stream, sent, { ...way, expectedRevision: 0n });
    expect(again.nextExpectedRevision).toBe(1n);
    expect(idsOf(await eventsOf(store.client, stream))).toEqual([sent.id, sent.id]);
  });

  it('of an id that is known in another stream is stored', async () => {
    const sent = event();
    await store.client.appendToStream(newStream(), sent, way);
    expect((await store.client.appendToStream(newStream(), sent, way)).nextExpectedRevision).toBe(0n);
  });

  it('without events stores nothing and answers where the stream is', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(2), way);
    const result = await store.client.appendToStream(stream, [], { ...way, expectedRevision: 1n });
    expect(result).toMatchObject({ success: true, nextExpectedRevision: 1n, position: undefined });
  });

  it('carries 1 MiB of data, metadata and twice the type, and not a byte more', async () => {
    const stream = newStream();
    const sized = (bytes: number) =>
      binaryEvent({ type: 'Four', data: new Uint8Array(bytes - 2 * 'Four'.length - 10), metadata: new Uint8Array(10) });
    const half = 512 * 1024;
    await expect(store.client.appendToStream(stream, [sized(half), sized(half + 1)], way)).rejects.toMatchObject({
      constructor: MaxAppendSizeExceededError,
      maxAppendSize: 1024 * 1024,
    });
    expect((await store.client.appendToStream(stream, [sized(half), sized(half)], way)).nextExpectedRevision).toBe(1n);
  });

  it('is refused in words where the log cannot hold it', async () => {
    await expect(store.client.appendToStream('', event(), way)).rejects.toThrow('The stream has no name.');
    await expect(store.client.appendToStream('nul\0', event(), way)).rejects.toThrow('may not contain the character NUL');
    await expect(store.client.appendToStream('x'.repeat(1_025), event(), way)).rejects.toThrow('may have 1024 bytes');
    await expect(store.client.appendToStream(newStream(), { ...event(), id: 'not-a-uuid' }, way)).rejects.toThrow('not a UUID');
    expect((await store.client.appendToStream('x'.repeat(1_024), event(), way)).success).toBe(true);
  });
});

describe('an append in a batch', () => {
  it('may come in many chunks, mixed with those of others', async () => {
    const appends = Array.from({ length: 4 }, () => ({ stream: newStream(), sent: events(50) }));
    await Promise.all(appends.map(({ stream, sent }) => store.client.appendToStream(stream, sent, { batchAppendSize: 512 })));
    for (const { stream, sent } of appends) expect(idsOf(await eventsOf(store.client, stream))).toEqual(idsOf(sent));
  });

  it('is not begun after its deadline', async () => {
    const stream = newStream();
    await expect(store.client.appendToStream(stream, event(), { deadline: -1 })).rejects.toBeInstanceOf(DeadlineExceededError);
    await expect(eventsOf(store.client, stream)).rejects.toThrow('not found');
  });
});

describe('appends at the same time', () => {
  it('of 64 writers to one stream leave no gap, and each learns of the others by its refusal', async () => {
    const stream = newStream();
    const write = async (): Promise<void> => {
      const mine = event();
      for (let expectedRevision: bigint | typeof NO_STREAM = NO_STREAM; ;) {
        try {
          await store.client.appendToStream(stream, mine, { expectedRevision });
          return;
        } catch (error) {
          if (!(error instanceof WrongExpectedVersionError)) throw error;
          expectedRevision = error.actualVersion;
        }
      }
    };
    await Promise.all(Array.from({ length: 64 }, write));
    const stored = await eventsOf(store.client, stream);
    expect(stored.map(({ revision }) => revision)).toEqual(Array.from({ length: 64 }, (_, nth) => BigInt(nth)));
    expect(new Set(idsOf(stored)).size).toBe(64);
  });

  it('share commits, and positions count without gaps', async () => {
    const database = await Database.open({ url: store.database.ownerUrl, applicationName: 'spec' });
    const streams = Array.from({ length: 16 }, newStream);
    await Promise.all(Array.from({ length: 320 }, (_, nth) => store.client.appendToStream(streams[nth % 16]!, event())));
    const [commits] = await database.query<{ count: string }>('select count(distinct xmin::text) from log.events where stream = any($1)', [
      streams,
    ]);
    const [log] = await database.query<{ count: string; last: string }>('select count(*), max(position) as last from log.events');
    await database.close();
    expect(Number(commits?.count)).toBeLessThan(160);
    expect(log?.count).toBe(log?.last);
    for (const stream of streams) {
      expect((await eventsOf(store.client, stream)).map(({ revision }) => revision)).toEqual(
        Array.from({ length: 20 }, (_, nth) => BigInt(nth)),
      );
    }
  });
});
