import { againstOf, connection, existing, name, nameStreamId, type ConnectionCommand, type NameCommand } from '#domain';
import { InMemoryEventStore, newCommandId, Streams, type RecordedEvent } from '#event-store';
import { eventCodec, type EventContext } from '#events';
import { brokenChains, namesLeftBehind, openWork, storedTwice, wrongNames, wrongStatuses } from './check-log';
import { answeredOtherwise, doneTwice, notInTheLog } from './check-requests';
import { wrongRows } from './check-rows';
import { falseHeads, missingSecrets } from './check-vault';
import { LogView } from './log-view';
import type { Answer, Request } from './requests';
import { rowsOf } from './rows-of-log';

const id = '018f2f6e-7c1a-7b52-9d3c-000000000001';
const other = '018f2f6e-7c1a-7b52-9d3c-000000000002';
const secretId = '018f2f6e-7c1a-7b52-9d3c-0000000000aa';

/** A drill's check that cannot fail proves nothing: each is shown a log as Patchbay writes it, and one with a fault. */
describe('a check of the drill', () => {
  let events: readonly RecordedEvent[];
  let log: LogView;
  beforeAll(async () => {
    events = await lived();
    log = new LogView(events);
  });

  it('finds nothing in a log as Patchbay writes it', () => {
    const nothing = [brokenChains, storedTwice, wrongStatuses, wrongNames, doneTwice, openWork].flatMap((check) => check(log));
    expect(nothing).toEqual([]);
    expect(namesLeftBehind(log)).toBe(0);
    expect(wrongRows(log, rowsOf(log))).toEqual([]);
    expect(missingSecrets(log, new Set([secretId]))).toEqual([]);
  });

  it('notices an event that was changed, and one that is gone', () => {
    expect(brokenChains(without({ data: { ...(renaming().data as object), to: 'Other' } }))).toEqual([
      expect.stringMatching(/is not what was hashed/),
    ]);
    const gone = new LogView(events.filter(({ type }) => !type.startsWith('CredentialsProvided')));
    expect(brokenChains(gone)).toEqual([
      expect.stringMatching(/has revision 2 where 1/),
      expect.stringMatching(/does not continue/),
      expect.any(String),
    ]);
  });

  it('notices an event that is stored a second time, under its id or as another', () => {
    const again = { ...renaming(), revision: renaming().revision + 1 };
    expect(storedTwice(new LogView([...events, again])).join()).toMatch(/is there twice/);
    expect(storedTwice(new LogView([...events, { ...again, id: other }])).join()).toMatch(/is not where its command put it/);
  });

  it('notices a status that the domain would not say', () => {
    const statusAfter = { status: 'error', code: 'unauthorized' };
    expect(wrongStatuses(without({ data: { ...(renaming().data as object), statusAfter } }))).toHaveLength(1);
  });

  it('notices a name that is not held, one that two bear, and counts those that are left behind', () => {
    expect(wrongNames(new LogView(events.filter(({ stream }) => !stream.startsWith('name-'))))).toHaveLength(1);
    const twin = events.filter(({ stream }) => stream === `connection-${id}`).map((event) => ({ ...event, stream: `connection-${other}` }));
    expect(wrongNames(new LogView([...events, ...twin])).join()).toMatch(/is not the only one/);
    expect(namesLeftBehind(new LogView(events.filter(({ stream }) => !stream.startsWith('connection-'))))).toBe(1);
  });

  it('notices what was acknowledged and is not there, or elsewhere', () => {
    const request: Request = { id: 'rename', does: 'rename', method: 'PATCH', path: `/${id}` };
    const answer: Answer = { status: 200, position: renaming().position, body: '' };
    expect(notInTheLog(log, [{ request, answer }])).toEqual([]);
    expect(notInTheLog(log, [{ request: { ...request, id: 'never' }, answer }]).join()).toMatch(/is not in the log/);
    expect(notInTheLog(log, [{ request: { ...request, does: 'verify' }, answer }]).join()).toMatch(/is not in the log/);
    expect(notInTheLog(log, [{ request: { ...request, path: `/${other}` }, answer }]).join()).toMatch(/another connection/);
    expect(notInTheLog(log, [{ request, answer: { ...answer, position: 1n } }]).join()).toMatch(/lies elsewhere/);
    expect(answeredOtherwise({ request, answer }, answer)).toEqual([]);
    expect(answeredOtherwise({ request, answer }, { ...answer, position: 1n })).toHaveLength(1);
  });

  it('notices a request that was done by two commands', () => {
    const metadata = { ...(renaming().metadata as object), commandId: newCommandId() };
    expect(doneTwice(new LogView([...events, { ...renaming(), metadata }]))).toEqual(['The request rename was done 2 times.']);
  });

  it('notices rows that are missing, too many or different', () => {
    const rows = rowsOf(log);
    const [row] = rows.workspace_connections;
    expect(wrongRows(log, { ...rows, audit_entries: rows.audit_entries.slice(1) })).toEqual([expect.stringMatching(/is missing/)]);
    expect(wrongRows(log, { ...rows, connectors: [{ key: 'stray' }] })).toEqual([expect.stringMatching(/the log does not make it/)]);
    expect(wrongRows(log, { ...rows, workspace_connections: [{ ...row, status: 'error' }] })).toEqual([
      `The row workspace_connections ${id} says status "error"; the log makes it "active".`,
    ]);
  });

  it('notices a secret that the vault lacks, and a head that says otherwise, unless it is marked', () => {
    expect(missingSecrets(log, new Set())).toEqual([`Connection ${id} names the secret ${secretId}, which the vault lacks.`]);
    expect(falseHeads(log, [{ connectionId: id, settled: { status: 'error' }, marks: 0 }])).toHaveLength(1);
    expect(falseHeads(log, [{ connectionId: id, settled: { status: 'error' }, marks: 1 }])).toEqual([]);
  });

  it('notices what was left open', () => {
    const provided = events.findIndex(({ type }) => type.startsWith('CredentialsProvided'));
    expect(openWork(new LogView(events.slice(0, provided + 1)))).toEqual([`Connection ${id} waits to be verified.`]);
  });

  function renaming(): RecordedEvent {
    return events.find(({ type }) => type.startsWith('ConnectionRenamed'))!;
  }

  /** The log with another renaming instead. */
  function without(change: Partial<RecordedEvent>): LogView {
    return new LogView(events.map((event) => (event === renaming() ? { ...event, ...change } : event)));
  }
});

/** A connection is created with a key that is taken, and renamed. */
async function lived(): Promise<readonly RecordedEvent[]> {
  const store = new InMemoryEventStore();
  const connections = new Streams({ store, codec: eventCodec, decider: connection, category: 'connection' });
  const names = new Streams({ store, codec: eventCodec, decider: name, category: 'name' });
  const reserving: NameCommand = { type: 'Reserve', connectionId: id, commandId: newCommandId() };

  await names.execute(nameStreamId('acme', 'Orders'), requested('create'), () => [reserving]);
  await connections.execute(id, requested('create'), () => created);
  await connections.execute(id, requested('verify'), ({ state }) => [accepted(againstOf(existing(state)))]);
  await names.execute(nameStreamId('acme', 'Sales'), requested('rename'), () => [reserving]);
  await connections.execute(id, requested('rename'), () => [{ type: 'Edit', name: 'Sales', origin: null }]);
  await names.execute(nameStreamId('acme', 'Orders'), requested('rename'), () => [{ type: 'Release', connectionId: id }]);
  const events: RecordedEvent[] = [];
  for await (const event of store.readAll()) events.push(event);
  return events;
}

function requested(correlationId: string): EventContext {
  return { commandId: newCommandId(), correlationId, causationId: correlationId, workspaceId: 'acme', actor: { kind: 'user', id: 'ada' } };
}

const created: readonly ConnectionCommand[] = [
  {
    type: 'Create',
    workspaceId: 'acme',
    connectorKey: 'http',
    connectorVersion: 1,
    name: 'Orders',
    authType: 'api_key',
    settings: {},
    owner: 'ada',
    labels: {},
  },
  { type: 'ProvideCredentials', secretId, fingerprint: 'q1Zc0nXy8u3m5k7s9w2e4g', boundTo: null, source: 'entered' },
];

function accepted(against: ReturnType<typeof againstOf>): ConnectionCommand {
  return { type: 'RecordVerification', trigger: 'manual', outcome: { against, accepted: true, latencyMs: 12 } };
}
