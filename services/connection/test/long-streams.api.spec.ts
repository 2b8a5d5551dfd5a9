import type { EventStore, RecordedEvent } from '#event-store';
import { eventually } from '#testing';
import { orders, workbench, type Workbench } from './workbench';

const path = '/v1/workspaces/acme/connections';

describe('a connection with a long history, over HTTP', () => {
  let bench: Workbench;
  let one: string;
  let stream: string;

  beforeAll(async () => {
    bench = await workbench();
    const { id } = (await bench.ask('POST', path, { body: orders(bench.sample, { name: 'Long' }) })).body;
    [one, stream] = [`${path}/${id}`, `connection-${id}`];
    for (let turn = 0; turn < 110; turn++) {
      const { status } = await bench.ask('PATCH', one, { body: { labels: { turn: String(turn) } } });
      expect(status).toBe(200);
    }
    await eventually(async () => {
      for await (const _ of bench.store.readStream(`snapshot-${stream}`)) return true;
      return false;
    });
  });
  afterAll(() => bench.stop());

  it('costs a process that does not know it the newest snapshot and what came after it, the answer included', async () => {
    let read = 0;
    const process = await bench.another(viewOf(bench.store, { onRead: (name) => (read += Number(name === stream)) }));
    const answer = await process.ask('PATCH', one, { body: { labels: { turn: 'last' } } });
    expect(answer).toMatchObject({ status: 200, body: { labels: { turn: 'last' } } });
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(30);
    await process.stop();
  });

  it('is answered the same with snapshots, without any, by who did it and from the read model', async () => {
    const without = await bench.another(viewOf(bench.store, { hidden: (name) => name.startsWith('snapshot-') }));
    const fresh = await bench.another();
    const asked = { body: { labels: { turn: 'last' } } };
    const own = await bench.ask('PATCH', one, asked);
    const answers = [await fresh.ask('PATCH', one, asked), await without.ask('PATCH', one, asked)];
    const headers = { 'patchbay-min-position': own.headers.get('patchbay-position') ?? '' };
    answers.push(await bench.ask('GET', one, { headers }));
    for (const answer of answers) {
      expect(answer.body).toEqual(own.body);
      expect(answer.headers.get('etag')).toBe(own.headers.get('etag'));
    }
    await fresh.stop();
    await without.stop();
  });
});

/** The log as a process sees it that counts what it reads, or finds streams gone. */
function viewOf(
  store: EventStore,
  {
    onRead = () => undefined,
    hidden = () => false,
  }: { readonly onRead?: (stream: string) => unknown; readonly hidden?: (stream: string) => boolean },
): EventStore {
  return {
    append: (...asked) => store.append(...asked),
    async *readStream(stream, options): AsyncIterable<RecordedEvent> {
      if (hidden(stream)) return;
      for await (const event of store.readStream(stream, options)) {
        onRead(stream);
        yield event;
      }
    },
    readAll: (options) => store.readAll(options),
    subscribeToAll: (options) => store.subscribeToAll(options),
    readLastPosition: () => store.readLastPosition(),
    setStreamMetadata: (...asked) => store.setStreamMetadata(...asked),
    deleteStream: (stream) => store.deleteStream(stream),
    close: () => Promise.resolve(),
  };
}
