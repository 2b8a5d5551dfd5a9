import { randomUUID } from 'node:crypto';
import { testEventStore, type TestEventStore } from '#testing';
import type { EventStore } from './event-store';
import { LogIsUnavailable, WrongExpectedRevision } from './event-store-errors';
import { openEventStore, openRawLog } from './open-event-store';
import type { RawAppend, RawEvent, RawLog } from './raw-log';

describe('the log byte for byte', () => {
  let server: TestEventStore;
  let store: EventStore;
  let log: RawLog;
  let stream: string;

  beforeAll(async () => {
    server = await testEventStore();
    store = openEventStore({ url: server.url });
    log = openRawLog({ url: server.url });
  }, 60_000);

  afterAll(async () => {
    await Promise.all([store.close(), log.close()]);
    await server.drop();
  });

  beforeEach(() => {
    stream = `raw-${randomUUID()}`;
  });

  it('shows what was appended as the bytes it lies there as', async () => {
    const id = randomUUID();
    const { position } = await store.append(
      stream,
      [{ id, type: 'Said.v1', data: { b: 'ü', a: 1e21 }, metadata: { by: null } }],
      'no-stream',
    );
    const [event] = await all(log.readStream(stream));
    expect(event).toMatchObject({ id, stream, revision: 0, position, type: 'Said.v1' });
    expect(textOf(event!.data)).toBe('{"b":"ü","a":1e+21}');
    expect(textOf(event!.metadata)).toBe('{"by":null}');
  });

  it('shows nothing of a stream that is not there', async () => {
    expect(await all(log.readStream(stream))).toEqual([]);
  });

  it("shows the store's own events too, in the order of the log, and ends where the log does", async () => {
    await store.setStreamMetadata(stream, { maxCount: 1 });
    await store.append(stream, [said(), said()], 'no-stream');
    const shown = await all(log.readAll());
    expect(shown.slice(-3).map((event) => `${event.stream} ${event.revision} ${event.type}`)).toEqual([
      `$$${stream} 0 $metadata`,
      `${stream} 0 Said.v1`,
      `${stream} 1 Said.v1`,
    ]);
    expect(await log.readLastPosition()).toBe(shown.at(-1)!.position);
  });

  it('stores appends in their order, across streams, and once, however often they are sent', async () => {
    const appends = Array.from({ length: 300 }, (_, index): RawAppend => {
      const nth = Math.floor(index / 3);
      return { stream: `${stream}-${index % 3}`, expected: nth === 0 ? 'no-stream' : nth - 1, event: raw({ index }) };
    });
    await log.append(appends);
    await log.append(appends);
    const stored = (await all(log.readAll())).filter((event) => event.stream.startsWith(stream));
    expect(stored.map(({ id }) => id)).toEqual(appends.map(({ event }) => event.id));
    expect(stored.map(({ data }) => textOf(data))).toEqual(appends.map(({ event }) => textOf(event.data)));
  });

  it('refuses what does not continue the stream', async () => {
    await log.append([{ stream, expected: 'no-stream', event: raw({}) }]);
    await expect(log.append([{ stream, expected: 'no-stream', event: raw({}) }])).rejects.toThrow(WrongExpectedRevision);
  });

  it('says that the log is unavailable once it is closed', async () => {
    const closed = openRawLog({ url: server.url });
    await closed.close();
    await expect(all(closed.readAll())).rejects.toThrow(LogIsUnavailable);
  });
});

const said = () => ({ id: randomUUID(), type: 'Said.v1', data: {}, metadata: {} });

const raw = (data: object) => ({
  id: randomUUID(),
  type: 'Said.v1',
  data: Buffer.from(JSON.stringify(data)),
  metadata: Buffer.from('{"as":  "it was"}'),
});

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

async function all(events: AsyncIterable<RawEvent>): Promise<RawEvent[]> {
  const collected: RawEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}
