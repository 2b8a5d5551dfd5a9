import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { eventually } from '#testing';
import { maxAppendBytes } from './append-size';
import type { EventStore, ExpectedRevision, LogMessage, NewEvent, Position, RecordedEvent } from './event-store';
import { AppendIsTooLarge, WrongExpectedRevision } from './event-store-errors';

/** What any event store must do. The log may hold the events of others, so a test looks at streams of its own, from the position it started at. */
export function eventStoreContract(name: string, open: () => Promise<EventStore>): void {
  describe(`${name} keeps the contract of the log`, () => {
    let store: EventStore;
    let stream: string;
    let start: Position;

    beforeAll(async () => {
      store = await open();
    }, 60_000);

    afterAll(() => store.close());

    beforeEach(async () => {
      stream = `contract-${randomUUID()}`;
      start = await store.readLastPosition();
    });

    describe('appending', () => {
      it('numbers the events of a stream from 0 without gaps, and answers the revision and position of the last one', async () => {
        const first = await store.append(stream, [event(), event()], 'no-stream');
        const second = await store.append(stream, [event(), event(), event()], 1);
        const stored = await all(store.readStream(stream));
        expect(first.revision).toBe(1);
        expect(second.revision).toBe(4);
        expect(stored.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4]);
        expect(first.position).toBe(stored[1]!.position);
        expect(second.position).toBe(stored[4]!.position);
        expect(first.position > start).toBe(true);
      });

      it('stores nothing of an append at a revision that is behind or ahead, and tells the actual one', async () => {
        await store.append(stream, [event(), event()], 'no-stream');
        for (const expected of ['no-stream', 0, 2] as const) {
          const refused = await rejection(store.append(stream, [event()], expected));
          expect(refused).toBeInstanceOf(WrongExpectedRevision);
          expect(refused).toMatchObject({ stream, expected, actual: 1 });
        }
        expect(await all(store.readStream(stream))).toHaveLength(2);
      });

      it('tells that there is no stream where a revision was expected', async () => {
        const refused = await rejection(store.append(stream, [event()], 0));
        expect(refused).toBeInstanceOf(WrongExpectedRevision);
        expect(refused).toMatchObject({ stream, expected: 0, actual: null });
      });

      it('takes any revision where none is expected', async () => {
        expect(await store.append(stream, [event()], 'any')).toMatchObject({ revision: 0 });
        expect(await store.append(stream, [event()], 'any')).toMatchObject({ revision: 1 });
      });

      it('leaves contiguous revisions and one winner per revision when 64 writers append to one stream', async () => {
        const writers = Array.from({ length: 64 }, (_, writer) => appendWhenever(store, stream, event({ writer })));
        const won = await Promise.all(writers);
        const stored = await all(store.readStream(stream));
        expect(stored.map(({ revision }) => revision)).toEqual(won.map((_, index) => index));
        expect([...won].sort((one, other) => one - other)).toEqual(stored.map(({ revision }) => revision));
        expect(new Set(stored.map(({ data }) => (data as { writer: number }).writer)).size).toBe(64);
        expect(stored.map(({ position }) => position)).toEqual([...stored.map(({ position }) => position)].sort(ascending));
      }, 60_000);
    });

    describe('appending again', () => {
      it('answers as the first time when the ids are those that follow the expected revision', async () => {
        const events = [event(), event()];
        const first = await store.append(stream, events, 'no-stream');
        await store.append(stream, [event()], 1);
        expect(await store.append(stream, events, 'no-stream')).toEqual(first);
        expect(await all(store.readStream(stream))).toHaveLength(3);
      });

      it('answers as the first time for a part that comes first', async () => {
        const events = [event(), event()];
        await store.append(stream, [event(), ...events], 'no-stream');
        expect(await store.append(stream, events.slice(0, 1), 0)).toMatchObject({ revision: 1 });
        expect(await all(store.readStream(stream))).toHaveLength(3);
      });

      it('answers as the first time when any revision will do', async () => {
        const events = [event(), event()];
        const first = await store.append(stream, events, 'any');
        await store.append(stream, [event()], 'any');
        expect(await store.append(stream, events, 'any')).toEqual(first);
        expect(await all(store.readStream(stream))).toHaveLength(3);
      });

      it.each(['no-stream', 'any'] as const)('is refused when only a part is stored (%s)', async (expected) => {
        const known = event();
        await store.append(stream, [known], 'no-stream');
        expect(await rejection(store.append(stream, [known, event()], expected))).toBeInstanceOf(WrongExpectedRevision);
        expect(await all(store.readStream(stream))).toHaveLength(1);
      });

      it('is refused when the same ids stand at another revision', async () => {
        const known = event();
        await store.append(stream, [event(), known], 'no-stream');
        expect(await rejection(store.append(stream, [known], 'no-stream'))).toBeInstanceOf(WrongExpectedRevision);
      });

      it('stores a known id once more at the current revision', async () => {
        const known = event();
        await store.append(stream, [known], 'no-stream');
        expect(await store.append(stream, [known], 0)).toMatchObject({ revision: 1 });
        expect((await all(store.readStream(stream))).map(({ id }) => id)).toEqual([known.id, known.id]);
      });

      it('stores an id that only another stream knows', async () => {
        const known = event();
        await store.append(`${stream}-other`, [known], 'any');
        expect(await store.append(stream, [known], 'any')).toMatchObject({ revision: 0 });
        expect(await all(store.readStream(stream))).toHaveLength(1);
      });
    });

    describe('what is stored', () => {
      it('comes back with its id, type, stream and time', async () => {
        const sent = event({ of: 'everything' });
        const before = Date.now();
        await store.append(stream, [sent], 'no-stream');
        const [stored] = await all(store.readStream(stream));
        expect(stored).toEqual({ ...sent, stream, revision: 0, position: expect.any(BigInt), created: expect.any(Date) });
        expect(Math.abs(stored!.created.getTime() - before)).toBeLessThan(60_000);
      });

      it('is faithful to every JSON value', async () => {
        let revision = -1;
        await fc.assert(
          fc.asyncProperty(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })), async (json) => {
            ({ revision } = await store.append(stream, [event(json, { meta: json })], revision === -1 ? 'no-stream' : revision));
            const [stored] = await all(store.readStream(stream, { direction: 'backwards', maxCount: 1 }));
            expect(JSON.stringify(stored!.data)).toBe(JSON.stringify(json));
            expect(JSON.stringify(stored!.metadata)).toBe(JSON.stringify({ meta: json }));
          }),
          { numRuns: 60 },
        );
      });

      it('keeps the order of keys, long numbers and letters of every script', async () => {
        const data = {
          z: 1,
          a: 0.1,
          n: 9007199254740991,
          e: 1e-7,
          big: 1.7976931348623157e308,
          text: 'ключ 鍵 🔑 \u2028 \\ "',
          b: [null, true, {}],
        };
        await store.append(stream, [event(data)], 'no-stream');
        const [stored] = await all(store.readStream(stream));
        expect(JSON.stringify(stored!.data)).toBe(JSON.stringify(data));
      });

      it('may be 1 MiB in one append', async () => {
        const { id, type, metadata } = event();
        const room = maxAppendBytes - 2 * type.length - JSON.stringify(metadata).length - JSON.stringify({ text: '' }).length;
        await store.append(stream, [{ id, type, metadata, data: { text: 'x'.repeat(room) } }], 'no-stream');
        expect(await all(store.readStream(stream))).toHaveLength(1);
      });

      it('is refused when it is larger, whether in one event or in all of them', async () => {
        const large = await rejection(store.append(stream, [event({ text: 'x'.repeat(maxAppendBytes) })], 'no-stream'));
        const many = Array.from({ length: 3 }, () => event({ text: 'x'.repeat(maxAppendBytes / 3) }));
        for (const refused of [large, await rejection(store.append(stream, many, 'no-stream'))]) {
          expect(refused).toBeInstanceOf(AppendIsTooLarge);
          expect(refused).toMatchObject({ stream, maxBytes: maxAppendBytes });
        }
        expect(await all(store.readStream(stream))).toEqual([]);
      });
    });

    describe('reading a stream', () => {
      const revisions = async (options: Parameters<EventStore['readStream']>[1]) =>
        (await all(store.readStream(stream, options))).map(({ revision }) => revision);

      beforeEach(() => store.append(stream, [event(), event(), event(), event(), event()], 'no-stream'));

      it.each([
        ['from the first event', {}, [0, 1, 2, 3, 4]],
        ['from a revision, that one included', { from: 3 }, [3, 4]],
        ['so many events', { from: 1, maxCount: 2 }, [1, 2]],
        ['from beyond the end', { from: 9 }, []],
        ['none at all', { maxCount: 0 }, []],
        ['backwards from the last event', { direction: 'backwards' }, [4, 3, 2, 1, 0]],
        ['backwards from a revision, that one included', { direction: 'backwards', from: 2 }, [2, 1, 0]],
        ['so many events backwards', { direction: 'backwards', from: 3, maxCount: 2 }, [3, 2]],
      ] as const)('gives %s', async (_, options, expected) => {
        expect(await revisions(options)).toEqual(expected);
      });

      it('gives nothing of a stream that does not exist', async () => {
        expect(await all(store.readStream(`${stream}-missing`))).toEqual([]);
        expect(await all(store.readStream(`${stream}-missing`, { direction: 'backwards', maxCount: 1 }))).toEqual([]);
      });

      it('can be left early, and read again', async () => {
        for (let again = 0; again < 3; again += 1) {
          for await (const { revision } of store.readStream(stream)) if (revision === 1) break;
        }
        expect(await revisions({})).toEqual([0, 1, 2, 3, 4]);
      });
    });

    describe('the settings of a stream', () => {
      it('show no more than the newest so many events', async () => {
        await store.append(stream, [event(), event(), event(), event()], 'no-stream');
        await store.setStreamMetadata(stream, { maxCount: 2 });
        expect((await all(store.readStream(stream))).map(({ revision }) => revision)).toEqual([2, 3]);
        await store.append(stream, [event()], 3);
        expect((await all(store.readStream(stream))).map(({ revision }) => revision)).toEqual([3, 4]);
        expect((await all(store.readStream(stream, { direction: 'backwards' }))).map(({ revision }) => revision)).toEqual([4, 3]);
      });

      it('may be set before there is a stream, and show its newest event only', async () => {
        await store.setStreamMetadata(stream, { maxCount: 1 });
        expect(await all(store.readStream(stream, { direction: 'backwards', maxCount: 1 }))).toEqual([]);
        for (const revision of [0, 1, 2]) {
          expect(await store.append(stream, [event()], 'any')).toMatchObject({ revision });
          for (const direction of ['forwards', 'backwards'] as const)
            expect(await all(store.readStream(stream, { direction }))).toMatchObject([{ revision }]);
        }
      });

      it('show no event older than its age', async () => {
        await store.setStreamMetadata(stream, { maxAgeSeconds: 2 });
        await store.append(stream, [event()], 'no-stream');
        expect(await all(store.readStream(stream))).toHaveLength(1);
        await eventually(async () => expect(await all(store.readStream(stream))).toEqual([]), { within: 10_000 });
        expect(await store.append(stream, [event()], 0)).toMatchObject({ revision: 1 });
      });

      it('may be set again, and are replaced', async () => {
        await store.append(stream, [event(), event(), event()], 'no-stream');
        await store.setStreamMetadata(stream, { maxCount: 1 });
        await store.setStreamMetadata(stream, { maxCount: 2 });
        expect(await all(store.readStream(stream))).toHaveLength(2);
      });
    });

    describe('deleting a stream', () => {
      const revisions = async () => (await all(store.readStream(stream))).map(({ revision }) => revision);

      it('shows nothing of it, in either direction', async () => {
        await store.append(stream, [event(), event()], 'no-stream');
        await store.deleteStream(stream);
        for (const direction of ['forwards', 'backwards'] as const) expect(await all(store.readStream(stream, { direction }))).toEqual([]);
      });

      it.each(['no-stream', 'any', 1] as const)('lets an append bring it back, numbered on (%s)', async (expected) => {
        await store.append(stream, [event(), event()], 'no-stream');
        await store.deleteStream(stream);
        expect(await store.append(stream, [event(), event()], expected)).toMatchObject({ revision: 3 });
        expect(await revisions()).toEqual([2, 3]);
      });

      it('leaves a revision wrong that is behind, and an append known that was stored', async () => {
        const events = [event(), event()];
        const first = await store.append(stream, events, 'no-stream');
        await store.deleteStream(stream);
        expect(await rejection(store.append(stream, [event()], 0))).toMatchObject({ expected: 0, actual: 1 });
        expect(await store.append(stream, events, 'no-stream')).toEqual(first);
        expect(await revisions()).toEqual([]);
      });

      it('forgets its settings', async () => {
        await store.setStreamMetadata(stream, { maxCount: 1 });
        await store.append(stream, [event()], 'no-stream');
        await store.deleteStream(stream);
        await store.append(stream, [event(), event()], 'no-stream');
        expect(await revisions()).toEqual([1, 2]);
      });

      it('may be done again, and to a stream that does not exist', async () => {
        await store.deleteStream(stream);
        expect(await store.append(stream, [event()], 'no-stream')).toMatchObject({ revision: 0 });
        await store.deleteStream(stream);
        await store.deleteStream(stream);
        expect(await revisions()).toEqual([]);
      });
    });

    describe('reading the whole log', () => {
      let other: string;
      const mine = async (options: Parameters<EventStore['readAll']>[0]) =>
        (await all(store.readAll(options))).filter((read) => read.stream === stream || read.stream === other).map(placeOf);

      beforeEach(async () => {
        other = `${stream}-other`;
        await store.append(stream, [event(), event()], 'no-stream');
        await store.append(other, [event()], 'no-stream');
        await store.setStreamMetadata(stream, { maxCount: 100 });
        await store.append(stream, [event()], 1);
      });

      const inOrder = () => [`${stream} 0`, `${stream} 1`, `${other} 0`, `${stream} 2`];

      it('gives the events of all streams in the order they were stored, and no system event', async () => {
        expect(await mine({ from: start })).toEqual(inOrder());
        const read = await all(store.readAll({ from: start }));
        expect(read.filter(({ type }) => type.startsWith('$'))).toEqual([]);
        expect(read.map(({ position }) => position)).toEqual([...read.map(({ position }) => position)].sort(ascending));
      });

      it('gives them backwards', async () => {
        expect((await all(store.readAll({ direction: 'backwards', maxCount: 4 }))).map(placeOf)).toEqual(inOrder().reverse());
      });

      it('includes the event at the position forwards and excludes it backwards', async () => {
        const [, second] = await all(store.readStream(stream));
        expect(await mine({ from: second!.position })).toEqual(inOrder().slice(1));
        const [before] = await all(store.readAll({ direction: 'backwards', from: second!.position, maxCount: 1 }));
        expect(placeOf(before!)).toBe(`${stream} 0`);
      });

      it('counts shown events only', async () => {
        const [third] = await all(store.readStream(other));
        expect((await all(store.readAll({ from: third!.position, maxCount: 2 }))).map(placeOf)).toEqual(inOrder().slice(2));
      });

      it('knows the position of the last event that is not a system event', async () => {
        const last = await store.append(stream, [event()], 2);
        await store.setStreamMetadata(stream, { maxCount: 50 });
        expect(await store.readLastPosition()).toBe(last.position);
      });
    });

    describe('a subscription to the whole log', () => {
      const followed: AbortController[] = [];

      afterEach(() => {
        for (const controller of followed.splice(0)) controller.abort();
      });

      /** Follows until the test ends and keeps what it was told. */
      function follow(after?: Position): {
        readonly messages: readonly LogMessage[];
        readonly ended: Promise<void>;
        readonly stop: () => void;
      } {
        const controller = new AbortController();
        followed.push(controller);
        const messages: LogMessage[] = [];
        const read = async () => {
          for await (const message of store.subscribeToAll({ ...(after === undefined ? {} : { after }), signal: controller.signal }))
            messages.push(message);
        };
        return { messages, ended: read(), stop: () => controller.abort() };
      }

      const eventsIn = (messages: readonly LogMessage[]) =>
        messages.flatMap((message) => (message.kind === 'event' ? [message.event] : []));
      const mineIn = (messages: readonly LogMessage[]) =>
        eventsIn(messages)
          .filter((seen) => seen.stream === stream)
          .map(({ revision }) => revision);
      const caughtUp = (messages: readonly LogMessage[]) => messages.some(({ kind }) => kind === 'caught-up');

      it('gives what was stored before it, says that it caught up, then what is stored after', async () => {
        await store.append(stream, [event(), event()], 'no-stream');
        const { messages } = follow();
        await eventually(() => expect(caughtUp(messages)).toBe(true), { within: 15_000 });
        expect(
          mineIn(
            messages.slice(
              0,
              messages.findIndex(({ kind }) => kind === 'caught-up'),
            ),
          ),
        ).toEqual([0, 1]);
        await store.append(stream, [event()], 1);
        await store.append(stream, [event()], 2);
        await eventually(() => expect(mineIn(messages)).toEqual([0, 1, 2, 3]));
        expect(messages.filter(({ kind }) => kind === 'caught-up')).toHaveLength(1);
      });

      it('begins after its position, the event at it excluded', async () => {
        const { position } = await store.append(stream, [event()], 'no-stream');
        await store.append(stream, [event(), event()], 0);
        const { messages } = follow(position);
        await eventually(() => expect(caughtUp(messages)).toBe(true));
        expect(mineIn(messages)).toEqual([1, 2]);
        expect(eventsIn(messages).every((seen) => seen.position > position)).toBe(true);
      });

      it('begins after the end of the log with what comes next', async () => {
        const { position } = await store.append(stream, [event()], 'no-stream');
        const { messages } = follow(position);
        await eventually(() => expect(caughtUp(messages)).toBe(true));
        await store.append(stream, [event()], 0);
        await eventually(() => expect(mineIn(messages)).toEqual([1]));
      });

      it('shows no system event, and says by a checkpoint how far it looked', async () => {
        const { position } = await store.append(stream, [event()], 'no-stream');
        for (let count = 1; count <= 3; count += 1) await store.setStreamMetadata(stream, { maxCount: count });
        const { messages } = follow(position);
        await eventually(() => expect(messages.map(({ kind }) => kind).sort()).toEqual(['caught-up', 'checkpoint']));
        expect(messages.find((message) => message.kind === 'checkpoint')!.position > position).toBe(true);
      });

      it('says while it is live how far it looked', async () => {
        const { messages } = follow(start);
        await eventually(() => expect(caughtUp(messages)).toBe(true));
        const earlier = messages.filter(({ kind }) => kind === 'checkpoint').length;
        for (let batch = 0; batch < 40; batch += 1) await store.setStreamMetadata(stream, { maxCount: batch + 1 });
        await eventually(() => expect(messages.filter(({ kind }) => kind === 'checkpoint').length).toBeGreaterThan(earlier));
      });

      it('gives every event once, in the order of the log, also those stored while it catches up', async () => {
        const streams = Array.from({ length: 8 }, (_, index) => `${stream}-${index}`);
        const write = async () => {
          for (let count = 0; count < 40; count += 1)
            await Promise.all(streams.map((each) => store.append(each, [event(), event()], 'any')));
        };
        await store.append(stream, [event()], 'no-stream');
        const writing = write();
        const { messages } = follow(start);
        await writing;
        const expected = (await all(store.readAll({ from: start })))
          .filter(({ position }) => position > start)
          .map(({ position }) => position);
        await eventually(() => expect(eventsIn(messages)).toHaveLength(expected.length), { within: 15_000 });
        expect(eventsIn(messages).map(({ position }) => position)).toEqual(expected);
        const positions = messages.flatMap((message) =>
          message.kind === 'caught-up' ? [] : message.kind === 'event' ? [message.event.position] : [message.position],
        );
        expect(positions).toEqual([...positions].sort(ascending)); // a checkpoint never overtakes an event
        for (const each of streams)
          expect(
            eventsIn(messages)
              .filter((seen) => seen.stream === each)
              .map(({ revision }) => revision),
          ).toEqual([...Array(80).keys()]);
      }, 60_000);

      it('waits for a reader that takes its time', async () => {
        await store.append(
          stream,
          Array.from({ length: 300 }, () => event({ text: 'x'.repeat(1000) })),
          'no-stream',
        );
        const controller = new AbortController();
        followed.push(controller);
        const seen: number[] = [];
        for await (const message of store.subscribeToAll({ after: start, signal: controller.signal })) {
          if (message.kind === 'event' && message.event.stream === stream) seen.push(message.event.revision);
          if (seen.length % 50 === 0) await new Promise(setImmediate);
          if (seen.length === 300) break;
        }
        expect(seen).toEqual([...Array(300).keys()]);
      });

      it('ends quietly when its signal aborts', async () => {
        const { messages, ended, stop } = follow(start);
        await eventually(() => expect(caughtUp(messages)).toBe(true));
        stop();
        await ended;
        await store.append(stream, [event()], 'no-stream');
        expect(mineIn(messages)).toEqual([]);
      });

      it('gives nothing when its signal was aborted before', async () => {
        await store.append(stream, [event()], 'no-stream');
        expect(await all(store.subscribeToAll({ after: start, signal: AbortSignal.abort() }))).toEqual([]);
      });
    });
  });
}

function event(data: unknown = {}, metadata: unknown = { by: 'the contract' }): NewEvent {
  return { id: randomUUID(), type: 'Contracted.v1', data, metadata };
}

/** Appends at whatever revision the stream is, as one of many writers; resolves with the revision it won. */
async function appendWhenever(
  store: EventStore,
  stream: string,
  written: NewEvent,
  expected: ExpectedRevision = 'no-stream',
): Promise<number> {
  try {
    return (await store.append(stream, [written], expected)).revision;
  } catch (error) {
    if (!(error instanceof WrongExpectedRevision)) throw error;
    return appendWhenever(store, stream, written, error.actual ?? 'no-stream');
  }
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'was not refused',
    (error: unknown) => error,
  );
}

const placeOf = ({ stream, revision }: RecordedEvent): string => `${stream} ${revision}`;

const ascending = (one: bigint, other: bigint): number => (one < other ? -1 : one > other ? 1 : 0);
