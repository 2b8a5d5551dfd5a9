import fc from 'fast-check';
import {
  againstCandidate,
  againstOf,
  chronicledConnection,
  existing,
  Refused,
  type Candidate,
  type ChronicledConnection,
  type Connection,
  type ConnectionCommand,
  type Settled,
} from '#domain';
import { InMemoryEventStore, newCommandId } from '#event-store';
import { eventCodec, type ConnectionEvent, type EventContext } from '#events';
import { Secret } from '#secret';
import { SecretDoesNotExist, type SettledSecret } from '#vault';
import { v7 as uuid } from 'uuid';
import { ConnectionStreams, type Heads } from './connection-streams';
import { Resolver, type ResolverOptions } from './resolver';

const connectionId = '0190a8f0-0000-7000-8000-000000000001';

/** Where a command's process dies, if it does. Who could not settle answers nevertheless: the mark still stands. */
const deaths = ['before it marks', 'before it appends', 'before it settles', 'nearly: it cannot settle'] as const;
type Death = (typeof deaths)[number];

/** Most live; of those that do not, the most dangerous are those that were acknowledged. */
const dies = fc.oneof(
  { weight: 5, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom(...deaths) },
  { weight: 1, arbitrary: fc.constant('nearly: it cannot settle' as const) },
);

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom('rotate' as const, 'disable' as const, 'enable' as const),
      dies,
    }),
  },
  { weight: 5, arbitrary: fc.record({ does: fc.constant('resolve' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('let the marks run out' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

/** What somebody does, one after the other, through one of two processes; mostly the first, for more to meet in one. */
const line = fc.record({ process: fc.constantFrom(0, 0, 0, 1), actions: fc.array(action, { minLength: 1, maxLength: 4 }) });

describe('whoever resolves while others rotate, disable and enable, and die of it', () => {
  it('is given what was acknowledged before, or something newer: never an old secret, nor one of a disabled connection', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0); // who loses a race for the stream tries again at once
    let served = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(line, { minLength: 3, maxLength: 5 }), async (scheduler, lines) => {
        const world = new World();
        await world.create();
        world.interruptions.pause = () => scheduler.schedule(Promise.resolve());
        await scheduler.waitFor(Promise.all(lines.map(({ process, actions }) => world.live(process, actions))));
        world.interruptions.pause = atOnce;
        const truths = await world.truths();
        for (const { from, to, answer } of world.answers) {
          expect(truths.slice(from, to + 1)).toContain(answer);
          if (answer !== 'ConnectionIsDisabled') served += 1;
        }
      }),
      { numRuns: 1_000 },
    );
    expect(served).toBeGreaterThan(500);
  }, 120_000);
});

const atOnce = (): Promise<void> => Promise.resolve();

/** Where everybody waits for the vault or the log, and where some wait for ever. */
class Interruptions {
  pause = atOnce;
  readonly dying = new Map<string, Death>();

  dies(commandId: string, now: Death): void {
    if (this.dying.get(commandId) === now) throw new Error(`its process died ${now}`);
  }
}

/** Processes that change and resolve one connection, on one vault and one log in memory. */
class World {
  readonly interruptions = new Interruptions();
  /** What was answered, and from which revision of the stream to which it may have been true. */
  readonly answers: { readonly from: number; readonly to: number; readonly answer: string }[] = [];
  readonly #vault = new InterruptedVault(this.interruptions);
  readonly #log = new InterruptedLog(this.interruptions);
  readonly #processes = [this.#process(), this.#process()];
  #now = new Date('2026-11-24T09:00:00.000Z');
  #acknowledged = 0;
  #underWay = 0;

  async create(): Promise<void> {
    await this.#execute(0, () => [creation, { type: 'ProvideCredentials', ...sealed() }]);
    await this.#execute(0, (state) => [acceptance(againstOf(existing(state)))]);
  }

  async live(process: number, actions: readonly Action[]): Promise<void> {
    for (const taken of actions) {
      if (taken.does === 'resolve') await this.#resolve(process);
      else if (taken.does === 'let the marks run out') this.#letMarksRunOut();
      else await this.#execute(process, (state) => commandsFor(taken.does, state), taken.dies).catch(diedOrRefused);
    }
  }

  /** What may be said of the connection as of each revision of its stream: the secret that is served, or why none is. */
  async truths(): Promise<string[]> {
    let state: ChronicledConnection = chronicledConnection.initial;
    const truths = [];
    for await (const { type, data, metadata } of this.#log.readStream(`connection-${connectionId}`)) {
      state = chronicledConnection.evolve(state, eventCodec.decode(type, data) as ConnectionEvent, eventCodec.metadata(metadata));
      const { disabled, credential } = existing(state);
      truths.push(disabled ? 'ConnectionIsDisabled' : (credential?.secretId ?? 'ConnectionIsPending'));
    }
    return truths;
  }

  async #resolve(process: number): Promise<void> {
    const from = this.#acknowledged;
    const answer = await this.#processes[process]!.resolver.resolve({ workspaceId: 'acme', connectionId }).then(
      ({ material }) => (material.kind === 'query' ? (material.query['api_key'] ?? '') : material.kind),
      (error: unknown) => {
        if (error instanceof Refused) return error.reason;
        throw error;
      },
    );
    this.answers.push({ from, to: this.#log.last, answer });
  }

  async #execute(process: number, act: (state: Connection) => readonly ConnectionCommand[], dies: Death | null = null): Promise<void> {
    const context = contextOf(newCommandId());
    if (dies) this.interruptions.dying.set(context.commandId, dies);
    this.#underWay += 1;
    try {
      const { revision } = await this.#processes[process]!.streams.execute(connectionId, context, ({ state }) => act(state));
      this.#acknowledged = Math.max(this.#acknowledged, revision);
    } catch (error) {
      if (dies) this.#processes[process] = this.#process();
      throw error;
    } finally {
      this.#underWay -= 1;
    }
  }

  /** An append that is under way ends before its mark does. */
  #letMarksRunOut(): void {
    if (this.#underWay === 0) this.#now = new Date(this.#now.getTime() + 61_000);
  }

  #process(): { readonly streams: ConnectionStreams; readonly resolver: Resolver } {
    const clock = (): Date => this.#now;
    const streams = new ConnectionStreams({ store: this.#log, heads: this.#vault, clock });
    return { streams, resolver: new Resolver({ secrets: this.#vault, heads: this.#vault, streams, clock }) };
  }
}

class InterruptedLog extends InMemoryEventStore {
  /** Revision of the last event of the stream. */
  last = -1;

  constructor(private readonly interruptions: Interruptions) {
    super();
  }

  override async append(...[stream, events, expected]: Parameters<InMemoryEventStore['append']>) {
    await this.interruptions.pause();
    const appended = await super.append(stream, events, expected);
    this.last = appended.revision;
    await this.interruptions.pause();
    for (const { metadata } of events) this.interruptions.dies(eventCodec.metadata(metadata).commandId, 'before it settles');
    return appended;
  }

  override async *readStream(...read: Parameters<InMemoryEventStore['readStream']>): ReturnType<InMemoryEventStore['readStream']> {
    await this.interruptions.pause();
    yield* super.readStream(...read);
    await this.interruptions.pause();
  }
}

/** As `VaultHeads` and `SettledSecrets` have it, of one connection. A secret is its own id. */
class InterruptedVault implements Heads {
  #settled: Settled | null = null;
  readonly #marks = new Map<string, Date>();
  /** Secret → the revision at which it became the current one. */
  readonly #activated = new Map<string, number>();

  constructor(private readonly interruptions: Interruptions) {}

  mark: Heads['mark'] = async ({ commandId, until }) => {
    await this.interruptions.pause();
    this.interruptions.dies(commandId, 'before it marks');
    this.#marks.set(commandId, until);
    await this.interruptions.pause();
    this.interruptions.dies(commandId, 'before it appends');
  };

  unmark: Heads['unmark'] = async ({ commandId }) => {
    await this.interruptions.pause();
    this.#marks.delete(commandId);
  };

  settle: Heads['settle'] = async ({ commandId, settled }) => {
    await this.interruptions.pause();
    this.interruptions.dies(commandId, 'nearly: it cannot settle');
    if (settled.revision > (this.#settled?.revision ?? -1)) this.#settled = settled;
    this.#marks.delete(commandId);
    const { secretId, secretRevision } = settled;
    if (this.#settled?.revision !== settled.revision || secretId === undefined || secretRevision === undefined) return;
    if (!this.#activated.has(secretId)) this.#activated.set(secretId, secretRevision);
  };

  forgetMarks: ResolverOptions['heads']['forgetMarks'] = async (_, now) => {
    await this.interruptions.pause();
    for (const [commandId, until] of this.#marks) if (until < now) this.#marks.delete(commandId);
  };

  find = async (): Promise<SettledSecret<Settled>> => {
    await this.interruptions.pause();
    const settled = this.#settled;
    const isCurrent = this.#activated.get(settled?.secretId ?? '') === settled?.secretRevision;
    const found = { settled, marked: this.#marks.size > 0 };
    await this.interruptions.pause();
    return { ...found, open: () => (isCurrent ? opened(settled?.secretId ?? '') : Promise.reject(new SecretDoesNotExist(''))) };
  };
}

function opened(secretId: string): Promise<Secret> {
  return Promise.resolve(Secret.of(JSON.stringify({ apiKey: secretId })));
}

function commandsFor(does: 'rotate' | 'disable' | 'enable', state: Connection): readonly ConnectionCommand[] {
  if (does === 'disable') return [{ type: 'Disable' }];
  if (does === 'enable') return [{ type: 'Enable' }];
  const candidate: Candidate = { ...sealed(), reason: 'manual' };
  return [{ type: 'ProposeCandidate', ...candidate }, acceptance(againstCandidate(existing(state), candidate))];
}

function sealed() {
  return { secretId: uuid(), fingerprint: uuid(), boundTo: 'https://orders.example.com:443', source: 'entered' } as const;
}

function acceptance(against: ReturnType<typeof againstOf>): ConnectionCommand {
  return { type: 'RecordVerification', trigger: 'manual', outcome: { against, accepted: true, latencyMs: 1 } };
}

function diedOrRefused(error: unknown): void {
  if (!(error instanceof Refused) && !(error instanceof Error && error.message.startsWith('its process died'))) throw error;
}

function contextOf(commandId: string): EventContext {
  return { commandId, correlationId: 'r', causationId: 'r', workspaceId: 'acme', actor: { kind: 'user', id: 'ada' } };
}

const creation: ConnectionCommand = {
  type: 'Create',
  workspaceId: 'acme',
  connectorKey: 'http',
  connectorVersion: 1,
  name: 'Orders',
  authType: 'api_key',
  serviceUrl: 'https://orders.example.com',
  settings: { apiKeyIn: 'query' },
  owner: 'ada',
  labels: {},
};
