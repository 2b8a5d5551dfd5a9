import fc from 'fast-check';
import { InMemoryEventStore, Streams, type SnapshotsOptions } from '#event-store';
import { eventCodec, failureCategories, verificationTriggers, type ConnectionEvent, type EventContext } from '#events';
import { Refused } from '../refused';
import { againstCandidate, againstOf } from './against';
import { chronicledConnection, type ChronicledConnection } from './chronicle';
import { connection } from './connection';
import type { ConnectionCommand } from './connection-command';
import { connectionSnapshot } from './connection-snapshot';
import { existing, statusAfterOf, type Connection } from './connection-state';

/** What somebody does, whatever state the connection is in; a verification is about the connection as it is when it is recorded. */
const step = fc.oneof(
  fc.record({
    does: fc.constant('create' as const),
    authType: fc.constantFrom('api_key' as const, 'none' as const),
    name: fc.string({ maxLength: 130 }),
  }),
  fc.record({ does: fc.constant('provide' as const), secretId: fc.uuid() }),
  fc.record({ does: fc.constant('accept' as const), trigger: fc.constantFrom(...verificationTriggers), limited: fc.boolean() }),
  fc.record({
    does: fc.constant('fail' as const),
    trigger: fc.constantFrom(...verificationTriggers),
    category: fc.constantFrom(...failureCategories),
  }),
  fc.record({ does: fc.constant('rename' as const), to: fc.string({ maxLength: 130 }) }),
  fc.record({
    does: fc.constant('propose' as const),
    secretId: fc.uuid(),
    reason: fc.constantFrom('manual' as const, 'rolled_back' as const),
  }),
  fc.record({
    does: fc.constant('edit' as const),
    serviceUrl: fc.webUrl(),
    settings: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
  }),
  fc.record({ does: fc.constantFrom('disable' as const, 'enable' as const, 'remove' as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

describe('any history of a connection', () => {
  it('says in each event the status that evolve arrives at', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let state = connection.initial;
        for (const event of historyOf(steps)) {
          state = connection.evolve(state, event);
          expect(statusAfterOf(existing(state))).toEqual(event.data.statusAfter);
        }
      }),
    );
  });

  it('counts its events, and never edits backwards', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const history = historyOf(steps);
        const state = history.reduce(connection.evolve, connection.initial);
        if (state.status === 'unknown') return history.length === 0;
        return state.revision === history.length - 1 && state.configRevision <= state.revision;
      }),
    );
  });

  it('lets every edit be sent again without another event', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), step, (steps, last) => {
        fc.pre(last.does !== 'create' && last.does !== 'accept' && last.does !== 'fail');
        const state = historyOf(steps).reduce(connection.evolve, connection.initial);
        const after = decided(last, state).reduce(connection.evolve, state);
        return decided(last, after).length === 0;
      }),
    );
  });
});

describe('running a command again with the same commandId', () => {
  it('appends nothing and answers the same, whatever happened since, in this process and in another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), fc.nat(), fc.boolean(), async (steps, chosen, restarted) => {
        const store = new InMemoryEventStore();
        const first = streamsOver(store);
        const answers = [];
        for (const [index, taken] of steps.entries()) {
          const answer = await first.execute('1', contextOf(index), ({ state }) => decidable(taken, state));
          if (answer.events.length > 0) answers.push({ index, answer });
        }
        fc.pre(answers.length > 0);
        const { index, answer } = answers[chosen % answers.length]!;
        const before = await store.readLastPosition();

        const again = await (restarted ? streamsOver(store) : first).execute('1', contextOf(index), () => {
          throw new Error('it must not act again');
        });

        expect(again).toEqual({ ...answer, repeated: true });
        expect(await store.readLastPosition()).toBe(before);
      }),
    );
  });
});

describe('going on from a snapshot', () => {
  it('leads to the states, answers and events that the whole history leads to', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 3 }), async (steps, every) => {
        expect(await told(steps, { every })).toStrictEqual(await told(steps));
      }),
    );
  });

  /** What a process that has just started answers to each step, and what is stored in the end. */
  async function told(steps: readonly Step[], snapshots?: { readonly every: number }) {
    const store = new InMemoryEventStore();
    const problems: unknown[] = [];
    const onProblem = (error: unknown) => problems.push(error);
    const answers = [];
    for (const [index, taken] of steps.entries()) {
      const streams = streamsOver(store, snapshots && { codec: connectionSnapshot, onProblem, ...snapshots });
      const { position: _, ...answer } = await streams.execute('1', contextOf(index), ({ state }) => decidable(taken, state));
      answers.push(answer);
      await new Promise(setImmediate); // snapshots are taken after the answer
    }
    const events = [];
    for await (const { position: _, created: __, ...event } of store.readStream('connection-1')) events.push(event);
    return { answers, events, problems };
  }
});

function contextOf(index: number): EventContext {
  return {
    commandId: `018f2f6e-7c1a-5b52-9d3c-${String(index).padStart(12, '0')}`,
    correlationId: 'req-1',
    causationId: 'req-1',
    workspaceId: 'acme',
    actor: { kind: 'user', id: 'user-1' },
  };
}

function streamsOver(store: InMemoryEventStore, snapshots?: SnapshotsOptions<ChronicledConnection>) {
  return new Streams<ChronicledConnection, ConnectionCommand, ConnectionEvent, EventContext>({
    store,
    codec: eventCodec,
    decider: chronicledConnection,
    category: 'connection',
    clock: () => new Date(0),
    ...(snapshots && { snapshots }),
  });
}

/** The command, unless it would be refused: a refusal appends nothing, and is decided anew each time. */
function decidable(taken: Step, state: Connection): readonly ConnectionCommand[] {
  return decided(taken, state).length > 0 ? [commandFor(taken, state)] : [];
}

function historyOf(steps: readonly Step[]): readonly ConnectionEvent[] {
  let state = connection.initial;
  return steps.flatMap((taken) => {
    const events = decided(taken, state);
    state = events.reduce(connection.evolve, state);
    return events;
  });
}

/** What is decided, nothing where it is refused. Any other error is a defect and fails the property. */
function decided(taken: Step, state: Connection): readonly ConnectionEvent[] {
  try {
    return connection.decide(commandFor(taken, state), state, new Date(0));
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}

function commandFor(taken: Step, state: Connection): ConnectionCommand {
  switch (taken.does) {
    case 'create': {
      const { authType, name } = taken;
      return {
        type: 'Create',
        workspaceId: 'acme',
        connectorKey: 'http',
        connectorVersion: 1,
        name,
        authType,
        settings: {},
        owner: 'user-1',
        labels: {},
      };
    }
    case 'provide':
      return { type: 'ProvideCredentials', secretId: taken.secretId, fingerprint: 'f', boundTo: null, source: 'entered' };
    case 'accept':
      return recorded(state, taken.trigger, { accepted: true, latencyMs: 1, ...(taken.limited && { limited: true as const }) });
    case 'fail':
      return recorded(state, taken.trigger, { accepted: false, category: taken.category, detail: { code: 'unexpected_status' } });
    case 'rename':
      return { type: 'Edit', name: taken.to, origin: null };
    case 'propose':
      return {
        type: 'ProposeCandidate',
        secretId: taken.secretId,
        fingerprint: 'f',
        boundTo: null,
        source: 'entered',
        reason: taken.reason,
      };
    case 'edit':
      return { type: 'Edit', serviceUrl: taken.serviceUrl, settings: taken.settings, origin: null };
    case 'disable':
      return { type: 'Disable' };
    case 'enable':
      return { type: 'Enable' };
    case 'remove':
      return { type: 'Remove' };
  }
}

type Recorded = Extract<ConnectionCommand, { type: 'RecordVerification' }>;
type Outcome<Kind> = Kind extends { against: unknown } ? Omit<Kind, 'against'> : never;

function recorded(state: Connection, trigger: Recorded['trigger'], outcome: Outcome<Recorded['outcome']>): Recorded {
  const found = existing(state);
  const against = found.candidate ? againstCandidate(found, found.candidate) : againstOf(found);
  return { type: 'RecordVerification', trigger, outcome: { against, ...outcome } };
}
