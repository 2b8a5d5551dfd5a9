import { connectionSnapshot, type ConnectionCommand, type Settled } from '#domain';
import { InMemoryEventStore, LogIsUnavailable, newCommandId, OutcomeUnknown, WrongExpectedRevision } from '#event-store';
import type { EventContext } from '#events';
import { eventually } from '#testing';
import { ConnectionStreams, type ConnectionStreamsOptions, type Heads } from './connection-streams';

const id = '0190a8f0-0000-7000-8000-000000000001';
const now = new Date('2026-11-24T09:00:00.000Z');

const create: ConnectionCommand = {
  type: 'Create',
  workspaceId: 'acme',
  connectorKey: 'http',
  connectorVersion: 1,
  name: 'Orders',
  authType: 'none',
  settings: {},
  owner: 'ada',
  labels: {},
};

describe('the streams of connections', () => {
  it('announce an append, append, then settle what may be served', async () => {
    const { heads, store, streams } = setUp();
    await streams.execute(id, context('c1'), () => [create]);
    expect(heads.said).toEqual(['mark c1', 'appended', 'settle c1 at 0: pending']);
    expect(heads.until).toEqual(new Date('2026-11-24T09:01:00.000Z'));
    expect(store.appends).toBe(1);
  });

  it('leave the head alone where only the name changes', async () => {
    const { heads, streams } = setUp();
    await streams.execute(id, context('c1'), () => [create]);
    await streams.execute(id, context('c2'), () => [{ type: 'Edit', name: 'Bestellungen', origin: null }]);
    expect(heads.said.filter((word) => word.includes('c2'))).toEqual([]);
  });

  it.each([
    ['was refused', new LogIsUnavailable('down'), ['mark c1', 'unmark c1']],
    ['may have been stored', new OutcomeUnknown('connection-x'), ['mark c1']],
    ['failed in a way nobody knows', new Error('?'), ['mark c1']],
  ])('take the mark away only when the append surely did not happen: it %s', async (_, error, said) => {
    const { heads, store, streams } = setUp();
    store.failsWith = error;
    await expect(streams.execute(id, context('c1'), () => [create])).rejects.toBe(error);
    expect(heads.said).toEqual(said);
  });

  it('mark each attempt anew when another process was faster', async () => {
    const { heads, store, streams } = setUp();
    store.failsOnceWith = new WrongExpectedRevision(`connection-${id}`, 'no-stream', 0);
    await streams.execute(id, context('c1'), () => [create]);
    expect(heads.said).toEqual(['mark c1', 'unmark c1', 'mark c1', 'appended', 'settle c1 at 0: pending']);
  });

  it('append nothing while the vault cannot be told', async () => {
    const { heads, store, streams } = setUp();
    heads.mark = () => Promise.reject(new Error('the database is down'));
    await expect(streams.execute(id, context('c1'), () => [create])).rejects.toThrow('the database is down');
    expect(store.appends).toBe(0);
  });

  it('answer what was appended also when it could not be settled: the mark still stands', async () => {
    const { heads, streams } = setUp();
    heads.settle = () => Promise.reject(new Error('the database is down'));
    await expect(streams.execute(id, context('c1'), () => [create])).resolves.toMatchObject({ revision: 0 });
    expect(heads.said).toEqual(['mark c1', 'appended']);
  });

  it('tell of each append once it is settled, and go on when nobody can be told', async () => {
    const heads = new RecordingHeads();
    const store = new StubbornStore(heads);
    const onChange: ConnectionStreamsOptions['onChange'] = async ({ id: changed, before, after }) => {
      await heads.say(`told of ${changed === id ? 'it' : 'another'}: ${before.status} → ${after.status}`);
      throw new Error('the database is down');
    };
    const streams = new ConnectionStreams({ store, heads, clock: () => now, onChange });
    await expect(streams.execute(id, context('c1'), () => [create])).resolves.toMatchObject({ revision: 0 });
    expect(heads.said).toEqual(['mark c1', 'appended', 'settle c1 at 0: pending', 'told of it: unknown → pending']);
    store.failsWith = new LogIsUnavailable('down');
    await expect(streams.execute(id, context('c2'), () => [{ type: 'Edit', name: 'Bestellungen', origin: null }])).rejects.toThrow('down');
    expect(heads.said.filter((word) => word.startsWith('told'))).toHaveLength(1);
  });

  it('go on from the state that was kept last, each 100 events', async () => {
    const { store, streams } = setUp();
    await streams.execute(id, context('c0'), () => [create]);
    for (let to = 1; to <= 104; to++)
      await streams.execute(id, context(`c${to}`), () => [{ type: 'Edit', name: `Orders ${to}`, origin: null }]);
    const { position: _, ...loaded } = await streams.load(id);
    await eventually(() => expect(store.snapshotsAt).toEqual([99]));

    const restarted = new ConnectionStreams({ store, heads: new RecordingHeads(), onSnapshotProblem: fail });
    store.revisionsRead = [];
    expect(await restarted.load(id)).toMatchObject(loaded);
    expect(store.revisionsRead).toEqual([99, 100, 101, 102, 103, 104]);
  });

  it('tell of a snapshot that cannot be used, and do without it', async () => {
    const { store, streams } = setUp();
    await streams.execute(id, context('c1'), () => [create]);
    const data = { schema: connectionSnapshot.schema, revision: 0, state: { status: 'active' } };
    const snapshot = { id: newCommandId(), type: 'SnapshotTaken.v1', data, metadata: {} };
    await store.append(`snapshot-connection-${id}`, [snapshot], 'any');
    const told: string[] = [];
    const restarted = new ConnectionStreams({ store, heads: new RecordingHeads(), onSnapshotProblem: (_, stream) => told.push(stream) });
    expect(await restarted.load(id)).toMatchObject({ revision: 0, state: { name: 'Orders' } });
    expect(told).toEqual([`connection-${id}`]);
  });
});

function setUp() {
  const heads = new RecordingHeads();
  const store = new StubbornStore(heads);
  return { heads, store, streams: new ConnectionStreams({ store, heads, clock: () => now }) };
}

const commands = new Map<string, string>();

function context(commandId: string): EventContext {
  const id = newCommandId();
  commands.set(id, commandId);
  return { commandId: id, correlationId: 'r', causationId: 'r', workspaceId: 'acme', actor: { kind: 'user', id: 'ada' } };
}

class RecordingHeads implements Heads {
  readonly said: string[] = [];
  until: Date | undefined;

  mark: Heads['mark'] = ({ commandId, until }) => {
    this.until = until;
    return this.say(`mark ${nameOf(commandId)}`);
  };
  unmark: Heads['unmark'] = ({ commandId }) => this.say(`unmark ${nameOf(commandId)}`);
  settle: Heads['settle'] = ({ commandId, settled }: { commandId: string; settled: Settled }) =>
    this.say(`settle ${nameOf(commandId)} at ${settled.revision}: ${settled.status}`);

  say(word: string): Promise<void> {
    this.said.push(word);
    return Promise.resolve();
  }
}

function nameOf(commandId: string): string {
  return commands.get(commandId) ?? commandId;
}

class StubbornStore extends InMemoryEventStore {
  appends = 0;
  revisionsRead: number[] = [];
  readonly snapshotsAt: number[] = [];
  failsWith: Error | undefined;
  failsOnceWith: Error | undefined;

  constructor(private readonly heads: RecordingHeads) {
    super();
  }

  override async *readStream(...read: Parameters<InMemoryEventStore['readStream']>): ReturnType<InMemoryEventStore['readStream']> {
    for await (const event of super.readStream(...read)) {
      if (event.stream === `connection-${id}`) this.revisionsRead.push(event.revision);
      yield event;
    }
  }

  override append(...appended: Parameters<InMemoryEventStore['append']>): ReturnType<InMemoryEventStore['append']> {
    const [stream, [event]] = appended;
    if (stream === `snapshot-connection-${id}`) this.snapshotsAt.push((event?.data as { revision: number }).revision);
    const error = this.failsWith ?? this.failsOnceWith;
    this.failsOnceWith = undefined;
    if (error) return Promise.reject(error);
    this.appends++;
    this.heads.said.push('appended');
    return super.append(...appended);
  }
}

function fail(error: unknown): never {
  throw error;
}
