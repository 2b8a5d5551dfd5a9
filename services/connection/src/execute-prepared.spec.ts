import { ConnectionStreams } from '#custody';
import { Refused, type ConnectionCommand } from '#domain';
import { InMemoryEventStore, LogIsUnavailable, newCommandId, OutcomeUnknown } from '#event-store';
import { v7 } from 'uuid';
import { contextOf, type Commander } from './asker';
import { executePrepared } from './execute-prepared';

class FailingStore extends InMemoryEventStore {
  reading: Error | null = null;
  appending: Error | null = null;

  override async *readStream(...asked: Parameters<InMemoryEventStore['readStream']>): ReturnType<InMemoryEventStore['readStream']> {
    if (this.reading) throw this.reading;
    yield* super.readStream(...asked);
  }
  override append(...asked: Parameters<InMemoryEventStore['append']>): ReturnType<InMemoryEventStore['append']> {
    return this.appending ? Promise.reject(this.appending) : super.append(...asked);
  }
}

describe('what is prepared for an append', () => {
  const heads = { mark: () => Promise.resolve(), settle: () => Promise.resolve(), unmark: () => Promise.resolve() };
  let store: FailingStore;
  let takenBack: number;
  beforeEach(() => {
    store = new FailingStore();
    takenBack = 0;
  });

  /** Each call is a process of its own. */
  const run = (id: string, commander: Commander, act: () => Promise<readonly ConnectionCommand[]>) =>
    executePrepared(new ConnectionStreams({ store, heads }), id, contextOf(commander), (_, otherwise) => {
      otherwise(() => Promise.resolve(takenBack++));
      return act();
    });
  const refuse = () => Promise.reject(new Refused('AddressIsNotAllowed'));
  const create = () => Promise.resolve([created]);

  it('is taken back where the command is refused, and not where it is done', async () => {
    await expect(run(v7(), commanderOf(newCommandId()), refuse)).rejects.toMatchObject({ reason: 'AddressIsNotAllowed' });
    expect(takenBack).toBe(1);
    await run(v7(), commanderOf(newCommandId()), create);
    expect(takenBack).toBe(1);
  });

  it('is taken back where the log surely has nothing, and not where it may have something', async () => {
    store.appending = new LogIsUnavailable('down');
    await expect(run(v7(), commanderOf(newCommandId()), create)).rejects.toThrow(LogIsUnavailable);
    expect(takenBack).toBe(1);
    store.appending = new OutcomeUnknown('stalled');
    await expect(run(v7(), commanderOf(newCommandId()), create)).rejects.toThrow(OutcomeUnknown);
    expect(takenBack).toBe(1);
  });

  it('stays where another process has run the same command meanwhile: so it is done', async () => {
    const [id, commander] = [v7(), commanderOf(newCommandId())];
    const executed = await run(id, commander, async () => {
      await run(id, commander, create);
      return refuse();
    });
    expect(executed).toMatchObject({ revision: 0, repeated: true, events: [{ type: 'ConnectionCreated' }] });
    expect(takenBack).toBe(0);
  });

  it('stays where nobody can say whether it is done', async () => {
    const refused = run(v7(), commanderOf(newCommandId()), () => {
      store.reading = new LogIsUnavailable('down');
      return refuse();
    });
    await expect(refused).rejects.toMatchObject({ reason: 'AddressIsNotAllowed' });
    expect(takenBack).toBe(0);
  });
});

const created: ConnectionCommand = {
  type: 'Create',
  workspaceId: 'acme',
  connectorKey: 'date',
  connectorVersion: 1,
  name: 'Date',
  authType: 'none',
  settings: {},
  owner: 'ada',
  labels: {},
};

function commanderOf(commandId: string): Commander {
  return {
    workspaceId: 'acme',
    subject: 'ada',
    actor: { kind: 'user', id: 'ada' },
    reach: 'all',
    oversees: true,
    commandId,
    correlationId: 'r',
  };
}
