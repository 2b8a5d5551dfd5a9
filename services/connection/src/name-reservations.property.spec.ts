import { ConnectionStreams, type CredentialKeeper, type Verifier } from '#custody';
import { existing, foldName, nameStreamId, Refused } from '#domain';
import { InMemoryEventStore, newCommandId, StreamChangedMeanwhile } from '#event-store';
import type { ConnectionAccounts } from '#vault';
import fc, { type Scheduler } from 'fast-check';
import { AccountKeeper } from './account-keeper';
import type { Commander } from './asker';
import type { Candidates } from './candidates';
import { Clock } from './clock';
import { EditConnection, EditConnectionHandler } from './commands/edit-connection';
import type { EnteredEdit } from './entered-edit';
import { NameReservations } from './name-reservations';
import type { DueWork } from './records/due-work';
import { NameStreams } from './streams';

const [mine, theirs] = ['0190a8f0-0000-7000-8000-000000000001', '0190a8f0-0000-7000-8000-000000000002'] as const;
const fewNames = ['To', 'Fro', 'Elsewhere'] as const;

/** What is asked of one process, one after the other: a rename of one connection or of the other, which may be too late to be allowed. */
const deed = fc.record({
  id: fc.oneof({ weight: 3, arbitrary: fc.constant(mine) }, { weight: 1, arbitrary: fc.constant(theirs) }),
  to: fc.constantFrom(...fewNames, 'fro'),
  fails: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
type Deed = typeof deed extends fc.Arbitrary<infer Value> ? Value : never;

describe('two processes that rename at once', () => {
  let waiting: jest.SpyInstance;
  beforeAll(() => {
    // Whoever lost a race waits a little before the next attempt: here it is the scheduler that says who is next.
    const really = global.setTimeout;
    const soon = ((work: () => void, ms?: number) => (ms !== undefined && ms > 2_000 ? really(work, ms) : setImmediate(work))) as never;
    waiting = jest.spyOn(global, 'setTimeout').mockImplementation(soon);
  });
  afterAll(() => waiting.mockRestore());

  it('never leave a name to two connections, nor a connection without the reservation of its name', async () => {
    const lane = fc.array(deed, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(lane, { minLength: 2, maxLength: 4 }), async (scheduler, lanes) => {
        const store = new ScheduledStore(scheduler);
        const replicas = [replicaOn(store), replicaOn(store)];
        await replicas[0]!.create(mine, 'To');
        await replicas[1]!.create(theirs, 'Elsewhere');
        store.isScheduled = true;
        const running = lanes.map(async (deeds, index) => {
          for (const each of deeds) await replicas[index % 2]!.rename(each);
        });
        await scheduler.waitFor(Promise.all(running));
        store.isScheduled = false;

        const { nameOf, holderOf } = replicaOn(store);
        const names = { [mine]: await nameOf(mine), [theirs]: await nameOf(theirs) };
        expect(foldName(names[mine])).not.toBe(foldName(names[theirs]));
        expect(await holderOf(names[mine])).toBe(mine);
        expect(await holderOf(names[theirs])).toBe(theirs);
      }),
      { numRuns: 200 },
    );
  });
});

/** Nobody knows in which order what several processes ask of the log gets there. */
class ScheduledStore extends InMemoryEventStore {
  isScheduled = false;
  constructor(private readonly scheduler: Scheduler) {
    super();
  }

  override async append(...asked: Parameters<InMemoryEventStore['append']>): ReturnType<InMemoryEventStore['append']> {
    await this.#turn();
    return super.append(...asked);
  }

  override async *readStream(...asked: Parameters<InMemoryEventStore['readStream']>): ReturnType<InMemoryEventStore['readStream']> {
    await this.#turn();
    yield* super.readStream(...asked);
  }

  async #turn(): Promise<void> {
    if (this.isScheduled) await this.scheduler.schedule(Promise.resolve());
  }
}

function replicaOn(store: InMemoryEventStore) {
  const clock = () => new Date();
  const now = new Clock(clock);
  const nothing = () => Promise.resolve();
  const connections = new ConnectionStreams({ store, heads: { mark: nothing, settle: nothing, unmark: nothing }, clock });
  const nameStreams = new NameStreams({ store, clock });
  const names = new NameReservations(nameStreams, connections, clock);
  const candidates = { concluded: () => Promise.resolve({}) } as unknown as Candidates; // no credential is touched by a rename
  const nobody: unknown = undefined; // nor is any service asked
  const [keeper, verifier, accounts] = [
    nobody as CredentialKeeper,
    nobody as Verifier,
    new AccountKeeper(nobody as ConnectionAccounts, nobody as DueWork, now),
  ];
  const edit = new EditConnectionHandler(connections, names, keeper, verifier, candidates, accounts, now);
  return {
    /** One that `fails` does so after its name was reserved: its append comes too late for what it expects. */
    rename: async ({ id, to, fails }: Deed): Promise<void> => {
      const entered: EnteredEdit = { name: to, allowAccountChange: false, allowEnvironmentMismatch: false };
      if (fails) connections.execute = refusing(connections.execute.bind(connections));
      await edit.execute(new EditConnection(commander(), id, newCommandId(), entered)).catch(unlessExpected);
    },
    create: async (id: string, name: string): Promise<void> => {
      await names.reserve(name, id, commander());
      const context = { ...commander(), causationId: 'r' };
      const common = { workspaceId: 'acme', connectorKey: 'date', connectorVersion: 1, authType: 'none', settings: {} } as const;
      await connections.execute(id, context, () => [{ type: 'Create', ...common, name, owner: 'ada', labels: {} }]);
    },
    nameOf: async (id: string) => existing((await connections.load(id)).state).name,
    holderOf: async (name: string) => (await nameStreams.load(nameStreamId('acme', name))).state.holder,
  };

  /** The next command acts and is refused then. */
  function refusing(really: ConnectionStreams['execute']): ConnectionStreams['execute'] {
    return (id, context, act) => {
      connections.execute = really;
      return really(id, context, async (loaded) => [...(await act(loaded)), { type: 'Expect', configRevisions: [] }]);
    };
  }
}

function unlessExpected(error: unknown): void {
  if (error instanceof Refused || error instanceof StreamChangedMeanwhile) return;
  throw error;
}

function commander(): Commander {
  return {
    workspaceId: 'acme',
    subject: 'ada',
    actor: { kind: 'user', id: 'ada' },
    reach: 'all',
    commandId: newCommandId(),
    correlationId: 'r',
    oversees: true,
  };
}
