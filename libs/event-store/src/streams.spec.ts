import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { chainStart, eventCodec, EventMetadata, hashOf, type EventContext, type NameEvent } from '#events';
import { chair, context, type Chair, type Command } from '../test/chair';
import type { AppendResult, EventStore, ExpectedRevision, NewEvent } from './event-store';
import { LogIsUnavailable, OutcomeUnknown, StreamChangedMeanwhile, WrongExpectedRevision } from './event-store-errors';
import { InMemoryEventStore } from './in-memory-event-store';
import { Streams, type StreamsOptions } from './streams';

describe('a decider bound to its streams', () => {
  let store: InMemoryEventStore;
  let id: string;

  beforeEach(() => {
    store = new InMemoryEventStore();
    id = randomUUID();
  });

  const bound = (options: Partial<StreamsOptions<Chair, Command, NameEvent, EventContext>> = {}) =>
    new Streams<Chair, Command, NameEvent, EventContext>({ store, codec: eventCodec, decider: chair, category: 'name', ...options });

  describe('loading', () => {
    it('gives the initial state of a stream that does not exist', async () => {
      expect(await bound().load(id)).toEqual({ id, stream: `name-${id}`, state: chair.initial, revision: -1, position: 0n });
    });

    it('gives what other processes stored too', async () => {
      const [here, there] = [bound(), bound()];
      await here.execute(id, context(), () => ['take']);
      await there.execute(id, context(), () => ['leave']);
      const last = await store.readLastPosition();
      expect(await here.load(id)).toMatchObject({ state: { taken: false, turns: 2 }, revision: 1, position: last });
    });

    it('reads no more than it does not know yet', async () => {
      const counting = new Obstructed(store);
      const streams = bound({ store: counting });
      for (let turn = 0; turn < 10; turn += 1) await streams.execute(id, context(), () => ['take', 'leave']);
      counting.eventsRead = 0;
      await streams.load(id);
      expect(counting.eventsRead).toBe(1); // the last one it knows, to see that the log is still the same
    });

    it('keeps no more streams in memory than it may', async () => {
      const counting = new Obstructed(store);
      const streams = bound({ store: counting, cacheSize: 1 });
      await streams.execute(id, context(), () => ['take', 'leave', 'take']);
      await streams.execute(randomUUID(), context(), () => ['take']);
      counting.eventsRead = 0;
      expect(await streams.load(id)).toMatchObject({ state: { turns: 3 } });
      expect(counting.eventsRead).toBe(3);
    });

    it('gives any state there ever was', async () => {
      const streams = bound();
      await streams.execute(id, context(), () => ['take', 'leave', 'take']);
      const turns = await Promise.all([-1, 0, 1, 2, 9].map(async (revision) => (await streams.stateAt(id, revision)).state.turns));
      expect(turns).toEqual([0, 1, 2, 3, 3]);
    });

    it('shows the stored events', async () => {
      const streams = bound({ streamOf: () => 'chair' });
      await streams.execute(id, context(), () => ['take', 'leave']);
      const types = [];
      for await (const { type, stream } of streams.history(id, { direction: 'backwards' })) types.push(`${stream} ${type}`);
      expect(types).toEqual(['chair NameReleased.v1', 'chair NameReserved.v1']);
    });
  });

  describe('executing', () => {
    it('decides each command on what the ones before it led to, and appends all events at once', async () => {
      const obstructed = new Obstructed(store);
      const executed = await bound({ store: obstructed }).execute(id, context(), () => ['take', 'take', 'leave']);
      expect(executed).toMatchObject({ state: { taken: false, turns: 2 }, revision: 1, repeated: false });
      expect(executed.events.map(({ type }) => type)).toEqual(['NameReserved', 'NameReleased']);
      expect(executed.position).toBe(await store.readLastPosition());
      expect(obstructed.appends).toBe(1);
    });

    it('appends nothing when nothing is decided, and answers where the stream is', async () => {
      const streams = bound();
      const { position } = await streams.execute(id, context(), () => ['take']);
      const executed = await streams.execute(id, context(), () => ['take']);
      expect(executed).toMatchObject({ events: [], revision: 0, position, repeated: false });
      expect(await streams.load(id)).toMatchObject({ revision: 0 });
    });

    it('hands on what acting or deciding throws, and appends nothing', async () => {
      const streams = bound();
      const acting = () => Promise.reject(new Error('the service is down'));
      await expect(streams.execute(id, context(), acting)).rejects.toThrow('the service is down');
      await expect(streams.execute(id, context(), () => ['take', 'refuse'])).rejects.toThrow('refused');
      expect(await streams.load(id)).toMatchObject({ revision: -1 });
    });

    it('stamps events with the clock, but never with a time before the last one', async () => {
      const times = ['2026-01-01T10:00:00.000Z', '2026-01-01T09:00:00.000Z', '2026-01-01T11:00:00.000Z'];
      const streams = bound({ clock: () => new Date(times.shift()!) });
      await streams.execute(id, context(), () => ['take']);
      await streams.execute(id, context(), () => ['leave']);
      await streams.execute(id, context(), () => ['take']);
      const stamps = (await stored(id)).map(({ metadata }) => metadata.occurredAt);
      expect(stamps).toEqual(['2026-01-01T10:00:00.000Z', '2026-01-01T10:00:00.000Z', '2026-01-01T11:00:00.000Z']);
    });
  });

  describe('executing again', () => {
    it('appends nothing and answers the same, whatever happened since', async () => {
      const turn = fc.uniqueArray(fc.constantFrom<Command>('take', 'leave'), { minLength: 1 });
      await fc.assert(
        fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 8 }), fc.nat(), fc.boolean(), async (turns, choice, elsewhere) => {
          const chosenId = randomUUID();
          const streams = bound();
          const contexts = turns.map(() => context());
          const answers = [];
          for (const [index, commands] of turns.entries()) answers.push(await streams.execute(chosenId, contexts[index]!, () => commands));
          const end = await store.readLastPosition();
          const chosen = choice % turns.length;
          fc.pre(answers[chosen]!.events.length > 0);
          const act = jest.fn(() => ['leave', 'take'] as const);
          const again = await (elsewhere ? bound() : streams).execute(chosenId, contexts[chosen]!, act);
          expect(again).toEqual({ ...answers[chosen], repeated: true });
          expect(act).not.toHaveBeenCalled();
          expect(await store.readLastPosition()).toBe(end);
        }),
        { numRuns: 50 },
      );
    });

    it('finds out what became of an append whose outcome was unknown', async () => {
      const obstructed = new Obstructed(store);
      const streams = bound({ store: obstructed });
      await streams.execute(id, context(), () => ['take']);
      const unsure = context();
      obstructed.after = () => Promise.reject(new OutcomeUnknown(`name-${id}`));
      await expect(streams.execute(id, unsure, () => ['leave'])).rejects.toBeInstanceOf(OutcomeUnknown);
      obstructed.after = () => Promise.resolve();
      expect(await streams.execute(id, unsure, () => ['take'])).toMatchObject({ revision: 1, state: { taken: false }, repeated: true });
      await streams.execute(id, context(), () => ['take']);
      await expectChained(id, 3);
    });

    it('is not fooled by a process that ran the same command at the same time', async () => {
      const [here, there] = [bound(), bound({ clock: () => new Date('2030-01-01') })];
      await here.execute(id, context(), () => ['take']);
      await there.load(id);
      const same = context();
      // Both have loaded before either appends; the store takes the second append for a retry of the first.
      let meanwhile: Promise<unknown> | undefined;
      await there.execute(id, same, async () => {
        meanwhile = here.execute(id, same, () => ['leave']);
        await meanwhile;
        return ['leave'];
      });
      await there.execute(id, context(), () => ['take']);
      await here.execute(id, context(), () => ['leave']);
      await expectChained(id, 4);
    });
  });

  describe('losing a race', () => {
    it('acts once and decides again on what the winner stored', async () => {
      const [here, there] = [bound(), bound()];
      const act = jest.fn(async () => {
        await there.execute(id, context(), () => ['take']);
        return ['take', 'leave'] as const;
      });
      const executed = await here.execute(id, context(), act);
      expect(act).toHaveBeenCalledTimes(1);
      expect(executed.events.map(({ type }) => type)).toEqual(['NameReleased']);
      expect(executed).toMatchObject({ revision: 1, state: { taken: false, turns: 2 } });
      await expectChained(id, 2);
    });

    it('answers from the stream when the winner was the same command', async () => {
      const [here, there] = [bound(), bound()];
      const same = context();
      const executed = await here.execute(id, same, async () => {
        await there.execute(id, context(), () => ['take']);
        await there.execute(id, same, () => ['leave']);
        return ['take'];
      });
      expect(executed).toMatchObject({ repeated: true, revision: 1, state: { taken: false } });
      expect(await stored(id)).toHaveLength(2);
    });

    it('gives up after five attempts and tells where the stream is', async () => {
      const obstructed = new Obstructed(store);
      const rival = bound();
      obstructed.before = async () => {
        await rival.execute(id, context(), ({ state }) => [state.taken ? 'leave' : 'take']);
      };
      const changed = await bound({ store: obstructed })
        .execute(id, context(), () => ['take', 'leave', 'take'])
        .catch((error: unknown) => error);
      expect(changed).toBeInstanceOf(StreamChangedMeanwhile);
      expect(changed).toMatchObject({ stream: `name-${id}`, revision: 4 });
      expect(obstructed.appends).toBe(5);
    });

    it('never happens among commands of one process', async () => {
      const obstructed = new Obstructed(store);
      const streams = bound({ store: obstructed });
      const running = Array.from({ length: 64 }, () => streams.execute(id, context(), ({ state }) => [state.taken ? 'leave' : 'take']));
      expect((await Promise.all(running)).map(({ revision }) => revision)).toEqual([...Array(64).keys()]);
      expect(obstructed.appends).toBe(64);
      await expectChained(id, 64);
    });
  });

  it('keeps what belongs to the caller of a command with it while it waits for others', async () => {
    const correlation = new AsyncLocalStorage<number>();
    const streams = bound();
    const seen = await Promise.all(
      Array.from({ length: 10 }, (_, caller) =>
        correlation.run(caller, async () => {
          let inside: number | undefined;
          await streams.execute(id, context(), () => {
            inside = correlation.getStore();
            return ['take'];
          });
          return inside;
        }),
      ),
    );
    expect(seen).toEqual([...Array(10).keys()]);
  });

  it('runs the next command after one that failed', async () => {
    const streams = bound();
    const failing = streams.execute(id, context(), () => ['refuse']).catch((error: unknown) => error);
    const next = streams.execute(id, context(), () => ['take']);
    expect(await failing).toMatchObject({ message: 'refused' });
    expect(await next).toMatchObject({ revision: 0 });
  });

  describe('what is done around an append', () => {
    it('is done around each attempt, knowing what is and what will be', async () => {
      const log: string[] = [];
      const there = bound();
      const here = bound({
        around: async ({ before, after, revision, events, ...appending }, append) => {
          log.push(`${before.turns} to ${after.turns}, ${events.length} events up to ${revision} of ${appending.stream}`);
          try {
            const result = await append();
            log.push('stored');
            return result;
          } catch (error) {
            log.push(error instanceof WrongExpectedRevision ? 'lost' : 'failed');
            throw error;
          }
        },
      });
      await here.execute(id, context(), async () => {
        await there.execute(id, context(), () => ['take']);
        return ['leave', 'take', 'leave'];
      });
      expect(log).toEqual([`0 to 2, 2 events up to 1 of name-${id}`, 'lost', `1 to 4, 3 events up to 3 of name-${id}`, 'stored']);
    });

    it('fails the command when it fails, before as after the events were stored', async () => {
      const failures: (() => Promise<unknown>)[] = [() => Promise.reject(new Error('no mark'))];
      const streams = bound({
        around: async (_, append) => {
          await failures.shift()?.();
          const result = await append();
          await failures.shift()?.();
          return result;
        },
      });
      await expect(streams.execute(id, context(), () => ['take'])).rejects.toThrow('no mark');
      expect(await stored(id)).toHaveLength(0);
      failures.push(
        () => Promise.resolve(),
        () => Promise.reject(new Error('not settled')),
      );
      const halfway = context();
      await expect(streams.execute(id, halfway, () => ['take'])).rejects.toThrow('not settled');
      expect(await streams.execute(id, halfway, () => ['take'])).toMatchObject({ repeated: true, revision: 0 });
    });
  });

  it('hands on that the log is unavailable', async () => {
    await store.close();
    await expect(bound().execute(id, context(), () => ['take'])).rejects.toBeInstanceOf(LogIsUnavailable);
  });

  async function stored(chairId: string) {
    const events = [];
    for await (const event of store.readStream(`name-${chairId}`)) events.push({ ...event, metadata: EventMetadata.parse(event.metadata) });
    return events;
  }

  async function expectChained(chairId: string, length: number): Promise<void> {
    const events = await stored(chairId);
    expect(events).toHaveLength(length);
    let prevHash = chainStart;
    for (const { id: eventId, stream, revision, type, data, metadata } of events) {
      const { hash, ...unhashed } = metadata;
      expect(unhashed.prevHash).toBe(prevHash);
      expect(hash).toBe(hashOf({ stream, revision, eventId, type, data, metadata: unhashed }));
      prevHash = hash;
    }
  }
});

/** A store that counts, and in whose way something can be put. */
class Obstructed extends InMemoryEventStore implements EventStore {
  appends = 0;
  eventsRead = 0;
  before: () => Promise<void> = () => Promise.resolve();
  after: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly store: EventStore) {
    super();
  }

  override async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult> {
    this.appends += 1;
    await this.before();
    const result = await this.store.append(stream, events, expected);
    await this.after();
    return result;
  }

  override async *readStream(...read: Parameters<EventStore['readStream']>): ReturnType<EventStore['readStream']> {
    for await (const event of this.store.readStream(...read)) {
      this.eventsRead += 1;
      yield event;
    }
  }
}
