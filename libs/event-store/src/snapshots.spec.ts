import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { eventCodec, EventMetadata, type EventContext, type NameEvent } from '#events';
import { eventually } from '#testing';
import { chair, chairSnapshot, context, type Chair, type Command } from '../test/chair';
import type { AppendResult, RecordedEvent } from './event-store';
import { LogIsUnavailable, StreamChangedMeanwhile } from './event-store-errors';
import { InMemoryEventStore } from './in-memory-event-store';
import type { SnapshotsOptions } from './snapshots';
import { Streams, type Executed } from './streams';

describe('snapshots', () => {
  let store: WatchedStore;
  let problems: unknown[];
  const id = 'a';
  const snapshotStream = 'snapshot-name-a';

  beforeEach(() => {
    store = new WatchedStore();
    problems = [];
  });

  const streamsWith = (snapshots: SnapshotsOptions<Chair>, clock = () => new Date()) =>
    new Streams<Chair, Command, NameEvent, EventContext>({ store, codec: eventCodec, decider: chair, category: 'name', clock, snapshots });

  /** A process that has just started. */
  const bound = (options: Partial<SnapshotsOptions<Chair>> = {}, clock?: () => Date) =>
    streamsWith({ codec: chairSnapshot, every: 10, onProblem: (error) => problems.push(error), ...options }, clock);

  const turn = ({ state }: { readonly state: Chair }): readonly Command[] => [state.taken ? 'leave' : 'take'];

  async function turns(count: number, streams = bound()): Promise<readonly string[]> {
    const contexts = Array.from({ length: count }, context);
    for (const each of contexts) await streams.execute(id, each, turn);
    return contexts.map(({ commandId }) => commandId);
  }

  const newest = () => lastOf(store.readStream(snapshotStream));
  const revisionOf = (snapshot: RecordedEvent | undefined) => (snapshot?.data as { revision: number } | undefined)?.revision;
  const kept = (revision: number) => eventually(async () => expect(revisionOf(await newest())).toBe(revision));
  const put = (data: object, type = 'SnapshotTaken.v1') =>
    store.append(snapshotStream, [{ id: randomUUID(), type, data, metadata: {} }], 'any');

  describe('taking them', () => {
    it('says all that it takes to go on from an event of the stream', async () => {
      const commands = await turns(10);
      await kept(9);
      const last = (await lastOf(store.readStream('name-a')))!;
      const { hash, occurredAt } = EventMetadata.parse(last.metadata);
      expect(await newest()).toMatchObject({
        type: 'SnapshotTaken.v1',
        data: {
          schema: 'chair',
          revision: 9,
          state: { taken: false, turns: 10 },
          lastHash: hash,
          lastOccurredAt: occurredAt,
          recentCommands: commands.map((commandId, revision) => [commandId, revision]),
        },
        metadata: {},
      });
    });

    it('happens each so many events, also where an append brings several, and shows the newest only', async () => {
      const streams = bound();
      for (const [events, revision] of [
        [10, 9],
        [9, 9],
        [3, 21],
        [9, 21],
        [1, 31],
      ] as const) {
        await streams.execute(id, context(), ({ state }) => alternately(events, state));
        await kept(revision);
      }
      expect(await all(store.readStream(snapshotStream))).toHaveLength(1);
      expect(store.snapshotsAppended).toBe(3);
      expect(await all(store.readStream(`$$${snapshotStream}`))).toMatchObject([{ data: { $maxCount: 1 } }]);
      expect(problems).toEqual([]);
    });

    it('happens each 100 events unless told', async () => {
      const streams = streamsWith({ codec: chairSnapshot });
      await turns(99, streams);
      expect(await newest()).toBeUndefined();
      await turns(1, streams);
      await kept(99);
    });

    it('goes on where another process took the one before', async () => {
      await turns(12);
      await kept(9);
      await turns(7);
      await settled();
      expect(store.snapshotsAppended).toBe(1);
      await turns(1);
      await kept(19);
    });

    it('begins with the first command on a stream that grew long without', async () => {
      await turns(35, bound({ every: 1_000 }));
      await turns(1);
      await kept(35);
    });

    it('delays no command', async () => {
      store.whenKept = () => new Promise(() => undefined);
      const streams = bound();
      await turns(9, streams);
      store.snapshotsRead = 0;
      await turns(1, streams);
      expect(store.snapshotsRead).toBe(0); // the answer is there before anything is done for the snapshot
      await turns(20, streams);
      expect(await streams.load(id)).toMatchObject({ revision: 29 });
      await eventually(() => expect(store.snapshotsAppended).toBe(3));
    });

    it('fails no command, and is tried again with the next so many events', async () => {
      store.whenKept = () => Promise.reject(new LogIsUnavailable('down'));
      const streams = bound();
      await turns(10, streams);
      await eventually(() => expect(problems).toEqual([new LogIsUnavailable('down')]));
      store.whenKept = () => Promise.resolve();
      await turns(10, streams);
      await kept(19);
    });
  });

  describe('loading', () => {
    it('reads the snapshot, the event it was taken at, and what came after it', async () => {
      await turns(105);
      await kept(99);
      const { position } = (await lastOf(store.readStream('name-a')))!;
      store.revisionsRead = [];
      const loaded = await bound().load(id);
      expect(loaded).toEqual({ id, stream: 'name-a', state: { taken: true, turns: 105 }, revision: 104, position });
      expect(store.revisionsRead).toEqual([99, 100, 101, 102, 103, 104]);
    });

    it('takes the newest snapshot, also while older ones still show', async () => {
      await turns(10);
      await kept(9);
      await store.setStreamMetadata(snapshotStream, {});
      await turns(10);
      await kept(19);
      expect(await all(store.readStream(snapshotStream))).toHaveLength(2);
      store.revisionsRead = [];
      await bound().load(id);
      expect(store.revisionsRead).toEqual([19]);
    });

    it('knows the position where nothing came after it', async () => {
      await turns(10);
      await kept(9);
      const { position } = (await lastOf(store.readStream('name-a')))!;
      expect(await bound().load(id)).toMatchObject({ revision: 9, position });
    });

    it('goes on with the chain and the time of the last event', async () => {
      await turns(
        10,
        bound({}, () => new Date('2030-01-01')),
      );
      await kept(9);
      await turns(1);
      const [before, after] = (await all(store.readStream('name-a', { from: 9 }))).map(({ metadata }) => EventMetadata.parse(metadata));
      expect(after).toMatchObject({ prevHash: before!.hash, occurredAt: '2030-01-01T00:00:00.000Z' });
    });

    it('reads the snapshot only when the stream is not in memory', async () => {
      const streams = bound();
      await turns(10, streams);
      await kept(9);
      store.snapshotsRead = 0;
      await turns(5, streams);
      expect(store.snapshotsRead).toBe(0);
    });
  });

  describe('those that cannot be used', () => {
    const whole = async () => (await newest())!.data as Readonly<Record<string, unknown>>;

    it.each<[string, (data: Readonly<Record<string, unknown>>) => object]>([
      ['of another schema', (data) => ({ ...data, schema: 'stool' })],
      ['of another schema, in whatever form', () => ({ schema: 'stool', parts: 3 })],
    ])('are passed over: one %s', async (_, change) => {
      await turns(10);
      await kept(9);
      await put(change(await whole()));
      await expectFoldedFromTheBeginning();
      expect(problems).toEqual([]);
    });

    it.each<[string, (data: Readonly<Record<string, unknown>>) => object]>([
      ['whose state is none', (data) => ({ ...data, state: { taken: 'perhaps', turns: 10 } })],
      ['without a state', ({ state: _, ...data }) => data],
      ['with a revision that counts nothing', (data) => ({ ...data, revision: 0.5 })],
      ['with a time that is none', (data) => ({ ...data, lastOccurredAt: 'yesterday' })],
      ['with commands that are none', (data) => ({ ...data, recentCommands: [['a', 'b']] })],
      ['with more commands than are kept', (data) => ({ ...data, recentCommands: Array.from({ length: 201 }, (_, at) => [`${at}`, at]) })],
      ['with members beside', (data) => ({ ...data, more: true })],
    ])('are passed over and reported: one %s', async (_, change) => {
      await turns(10);
      await kept(9);
      await put(change(await whole()));
      await expectFoldedFromTheBeginning();
      expect(problems).toHaveLength(1);
    });

    it.each<[string, (data: Readonly<Record<string, unknown>>) => object]>([
      ['of an event that the stream does not have there', (data) => ({ ...data, lastHash: 'f'.repeat(64) })],
      ['of an event of another time', (data) => ({ ...data, lastOccurredAt: '2999-01-01T00:00:00.000Z' })],
      ['of a revision that the stream has not reached', (data) => ({ ...data, revision: 4_711 })],
      ['of another revision', (data) => ({ ...data, revision: 8 })],
    ])('are passed over: one %s', async (_, change) => {
      await turns(10);
      await kept(9);
      await put(change(await whole()));
      await expectFoldedFromTheBeginning();
    });

    it('are passed over: one of a type that a later release may bring', async () => {
      await turns(10);
      await kept(9);
      await put(await whole(), 'SnapshotTaken.v2');
      await expectFoldedFromTheBeginning();
    });

    it('are passed over and reported when they cannot be read', async () => {
      await turns(10);
      await kept(9);
      store.whenSnapshotRead = () => Promise.reject(new LogIsUnavailable('down'));
      await expectFoldedFromTheBeginning();
      expect(problems).toEqual([new LogIsUnavailable('down')]);
    });

    it('are replaced by the next command that finds it due', async () => {
      await turns(10);
      await kept(9);
      await put({ schema: 'stool' });
      await turns(1);
      await kept(10);
    });

    async function expectFoldedFromTheBeginning(): Promise<void> {
      store.revisionsRead = [];
      expect(await bound().load(id)).toMatchObject({ state: { taken: false, turns: 10 }, revision: 9 });
      expect(store.revisionsRead.slice(-10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  describe('a command that is sent again', () => {
    it.each([
      ['in the process that ran it', (streams: ReturnType<typeof bound>) => streams],
      ['in one that knows it from a snapshot', () => bound()],
      ['in one that knows it from the events', () => bound({ codec: { ...chairSnapshot, schema: 'stool' } })],
    ])('is known while it is among the newest 200 of its stream: %s', async (_, again) => {
      const streams = bound();
      const [first, second] = [context(), context()];
      await streams.execute(id, first, () => ['take', 'leave']);
      await streams.execute(id, second, () => ['take', 'leave', 'take']);
      await turns(199, streams);
      await kept(199);

      const known = await again(streams).execute(id, second, () => ['refuse']);
      expect(known).toMatchObject({ repeated: true, revision: 4, state: { taken: true, turns: 5 } });
      expect(known.events.map(({ type }) => type)).toEqual(['NameReserved', 'NameReleased', 'NameReserved']);
      expect(await again(streams).execute(id, first, turn)).toMatchObject({ repeated: false, revision: 204 });
    });

    it('is known whatever became of a load that was under way when it ran', async () => {
      const here = bound();
      await turns(1, here);
      await turns(250);
      const [begun, released] = [Promise.withResolvers(), Promise.withResolvers()];
      store.whenEventRead = async ({ revision }) => {
        begun.resolve(undefined);
        if (revision === 1) await released.promise;
        if (revision === 250) throw new LogIsUnavailable('down');
      };
      const loading = here.load(id).catch((error: unknown) => error);
      await begun.promise;
      store.whenEventRead = () => Promise.resolve();
      const command = context();
      await here.execute(id, command, turn);
      released.resolve(undefined);
      expect(await loading).toBeInstanceOf(LogIsUnavailable);
      expect(await here.execute(id, command, turn)).toMatchObject({ repeated: true, revision: 251 });
    });

    it('is answered from the snapshot on when it came after it', async () => {
      const commands = await turns(15);
      await kept(9);
      store.revisionsRead = [];
      const again = await bound().execute(id, { ...context(), commandId: commands[11]! }, () => ['refuse']);
      expect(again).toMatchObject({ repeated: true, revision: 11, state: { taken: false, turns: 12 }, events: [{ type: 'NameReleased' }] });
      expect(Math.min(...store.revisionsRead)).toBe(9);
    });

    it('is answered from the beginning when it came before it', async () => {
      const commands = await turns(15);
      await kept(9);
      const again = await bound().execute(id, { ...context(), commandId: commands[4]! }, () => ['refuse']);
      expect(again).toMatchObject({ repeated: true, revision: 4, state: { taken: true, turns: 5 }, events: [{ type: 'NameReserved' }] });
    });
  });

  it('change no state, no answer and no event, whether they are kept, lost or never taken', async () => {
    const commands = fc.array(fc.constantFrom<Command>('take', 'leave', 'refuse'), { minLength: 1, maxLength: 3 });
    const step = fc.record({
      does: fc.oneof(commands, fc.record({ again: fc.nat() })),
      process: fc.nat({ max: 1 }),
      restarts: fc.boolean(),
      losesSnapshots: fc.boolean(),
      inARace: fc.nat({ max: 9 }).map((chance) => chance === 0), // losing one takes its time
    });
    let fromSnapshots = 0;
    const foldAll = async (
      steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
      contexts: readonly EventContext[],
      every: number,
    ) => {
      store = new WatchedStore();
      let now = 0;
      const clock = () => new Date(now);
      const processes = [bound({ every }, clock), bound({ every }, clock)];
      const answers: unknown[] = [];
      for (const [index, { does, process, restarts, losesSnapshots, inARace }] of steps.entries()) {
        now += 1_000;
        store.losesSnapshots = losesSnapshots;
        if (restarts) processes[process] = bound({ every }, clock);
        const rival = processes[1 - process]!;
        const chosen = 'again' in does ? contexts[does.again % (index + 1)]! : contexts[index]!;
        const act = async () => {
          if (inARace) await rival.execute(id, { ...chosen, commandId: `${chosen.commandId.slice(0, -4)}${String(1000 + index)}` }, turn);
          return 'again' in does ? (['take'] as const) : does;
        };
        answers.push(await processes[process]!.execute(id, chosen, act).then(withoutPosition, nameOf));
        answers.push(withoutPosition(await processes[process]!.load(id)));
        await settled();
        fromSnapshots += store.snapshotsUsed;
      }
      const events = (await all(store.readStream('name-a'))).map(({ position: _, created: __, ...event }) => event);
      return { answers, events };
    };

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), fc.integer({ min: 1, max: 4 }), async (steps, every) => {
        const contexts = steps.map(context);
        const [withThem, without] = [await foldAll(steps, contexts, every), await foldAll(steps, contexts, Infinity)];
        expect(withThem).toEqual(without);
      }),
      { numRuns: 60 },
    );
    expect(problems).toEqual([]);
    expect(fromSnapshots).toBeGreaterThan(100);
  });
});

/** Tells snapshots from events, counts what is read, and lets what is done with snapshots be put off, refused and forgotten. */
class WatchedStore extends InMemoryEventStore {
  revisionsRead: number[] = [];
  snapshotsRead = 0;
  snapshotsUsed = 0;
  snapshotsAppended = 0;
  losesSnapshots = false;
  whenKept: () => Promise<void> = () => Promise.resolve();
  whenSnapshotRead: () => Promise<void> = () => Promise.resolve();
  /** Asked by reads that begin from now on. */
  whenEventRead: (event: RecordedEvent) => Promise<void> = () => Promise.resolve();

  override async append(...[stream, events, expected]: Parameters<InMemoryEventStore['append']>): Promise<AppendResult> {
    if (stream.startsWith('snapshot-')) {
      this.snapshotsAppended += 1;
      await this.whenKept();
    }
    return super.append(stream, events, expected);
  }

  override async *readStream(...[stream, options]: Parameters<InMemoryEventStore['readStream']>): AsyncIterable<RecordedEvent> {
    const isSnapshot = stream.startsWith('snapshot-');
    if (isSnapshot) {
      this.snapshotsRead += 1;
      await this.whenSnapshotRead();
      if (this.losesSnapshots) return;
    }
    const { whenEventRead } = this;
    for await (const event of super.readStream(stream, options)) {
      if (isSnapshot) this.snapshotsUsed += 1;
      else {
        this.revisionsRead.push(event.revision);
        await whenEventRead(event);
      }
      yield event;
    }
  }
}

function alternately(count: number, { taken }: Chair): readonly Command[] {
  return Array.from({ length: count }, (_, index) => ((index % 2 === 0) === taken ? 'leave' : 'take'));
}

function withoutPosition({ position: _, ...answer }: Executed<Chair, NameEvent> | Omit<Executed<Chair, NameEvent>, 'events' | 'repeated'>) {
  return answer;
}

function nameOf(error: unknown): string {
  if (error instanceof StreamChangedMeanwhile) throw error;
  return (error as Error).message;
}

/** What was put off until the answer was given has been done, as far as the log in memory lets it. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function lastOf<Item>(items: AsyncIterable<Item>): Promise<Item | undefined> {
  return (await all(items)).at(-1);
}
