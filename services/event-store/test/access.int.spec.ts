import { chmod, writeFile } from 'node:fs/promises';
import { createLogger, CannotStart } from '#runtime';
import { eventually, testCertificate, testDatabase, type TestCertificate, type TestDatabase } from '#testing';
import { AccessDeniedError, type EventStoreDBClient, type StreamACL } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import { startEventStoreServer } from '../src/event-store.module';
import { eventStoreMigrations } from '../src/migrations';
import { event, eventsOf, idsOf, newStream, wholeLog } from './events';
import { runningEventStore, startEventStore, type RunningEventStore } from './running-event-store';
import { credentialsOf, passwordOf, usersFile } from './users';

let identity: TestCertificate;
let users: Awaited<ReturnType<typeof usersFile>>;
let store: RunningEventStore;
let [admin, ada, bob, ops, nobody] = [] as unknown as EventStoreDBClient[];

beforeAll(async () => {
  identity = await testCertificate();
  users = await usersFile({ admin: ['$admins'], ada: ['writers'], bob: [], ops: ['$ops'] });
  store = await runningEventStore({ tls: identity, users: users.path });
  [admin, ada, bob, ops] = ['admin', 'ada', 'bob', 'ops'].map((name) => as(credentialsOf(name)));
  nobody = as('');
});
afterAll(async () => {
  await store.close();
  await users.remove();
  await identity.remove();
});

const as = (credentials: string, scheme = 'esdb'): EventStoreDBClient =>
  store.connect(
    `${scheme}://${credentials === '' ? '' : `${credentials}@`}${store.target.replace('127.0.0.1', 'localhost')}?tls=true&tlsCAFile=${encodeURIComponent(identity.certificate)}`,
  );

const denied = expect.objectContaining({ constructor: AccessDeniedError });
const outcome = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'permitted',
    (error: unknown) => error,
  );

const ended = (subscription: { once(event: 'error', listener: (error: unknown) => void): unknown }): Promise<never> =>
  new Promise((_, reject) => subscription.once('error', reject));

/** Everything that can be done with a stream, by what the access list calls it; the append as both of the client's ways. */
const doing: Record<string, (client: EventStoreDBClient, stream: string) => Promise<unknown>> = {
  read: (client, stream) => eventsOf(client, stream),
  write: (client, stream) => client.appendToStream(stream, event()),
  metaRead: (client, stream) => client.getStreamMetadata(stream),
  metaWrite: (client, stream) => client.setStreamMetadata(stream, { note: 'ours' }),
  delete: (client, stream) => client.deleteStream(stream),
};

const streamWith = async (acl: StreamACL | null): Promise<string> => {
  const stream = newStream();
  await admin!.appendToStream(stream, event());
  if (acl !== null) await admin!.setStreamMetadata(stream, { acl });
  return stream;
};

describe('who calls', () => {
  it('is known by name and password, also where both are found by gossip', async () => {
    const [stream, sent] = [newStream(), event()];
    await as(credentialsOf('ada'), 'esdb+discover').appendToStream(stream, sent);
    expect(idsOf(await eventsOf(bob!, stream))).toEqual([sent.id]);
  });

  it('may be somebody else for one call', async () => {
    const credentials = { username: 'admin', password: passwordOf('admin') };
    expect(await outcome(bob!.appendToStream('$system', event(), { credentials }))).toBe('permitted');
    expect(await outcome(bob!.appendToStream('$system', event()))).toEqual(denied);
  });

  it.each([
    ['another password', credentialsOf('ada', passwordOf('bob'))],
    ['no password', credentialsOf('ada', ' ')],
    ['a name that nobody has', credentialsOf('eve')],
    ['a name every object has', credentialsOf('constructor')],
  ])('is not served with %s, whatever the call', async (_, credentials) => {
    const client = as(credentials);
    const stream = await streamWith(null);
    const calls = [
      client.appendToStream(stream, event()),
      eventsOf(client, stream),
      client.deleteStream(stream),
      ended(client.subscribeToStream(stream)),
      ended(client.subscribeToAll()),
    ];
    for (const call of calls) {
      const error = await outcome(call);
      expect(error).toMatchObject({ constructor: AccessDeniedError, code: status.UNAUTHENTICATED });
      expect(String(error)).not.toContain('pass:word');
    }
    expect(await eventsOf(admin!, stream)).toHaveLength(1);
  });

  it('may do nothing with any stream without a name', async () => {
    const stream = await streamWith(null);
    for (const act of Object.values(doing)) expect(await outcome(act(nobody!, stream))).toEqual(denied);
    expect(await outcome(wholeLog(nobody!))).toMatchObject({ constructor: AccessDeniedError, code: status.PERMISSION_DENIED });
  });
});

describe('a stream without an access list', () => {
  it.each(Object.keys(doing))('is open to everybody who has a name: %s', async (what) => {
    expect(await outcome(doing[what]!(bob!, await streamWith(null)))).toBe('permitted');
  });

  it.each(Object.keys(doing))("is the admins' alone where it is one of the system: %s", async (what) => {
    const stream = `$${newStream()}`;
    await admin!.appendToStream(stream, event());
    for (const client of [bob!, ops!]) expect(await outcome(doing[what]!(client, stream))).toEqual(denied);
    expect(await outcome(doing[what]!(admin!, stream))).toBe('permitted');
  });
});

describe('an access list', () => {
  const keys = { read: 'readRoles', write: 'writeRoles', metaRead: 'metaReadRoles', metaWrite: 'metaWriteRoles', delete: 'deleteRoles' };

  it.each(Object.entries(keys))('lets only those %s whom it names, and the admins', async (what, key) => {
    for (const roles of [['ada'], ['writers']]) {
      const acl = { [key]: roles };
      expect(await outcome(doing[what]!(bob!, await streamWith(acl)))).toEqual(denied);
      expect(await outcome(doing[what]!(ada!, await streamWith(acl)))).toBe('permitted');
      expect(await outcome(doing[what]!(admin!, await streamWith(acl)))).toBe('permitted');
    }
  });

  it('says nothing about what it does not mention', async () => {
    const stream = await streamWith({ writeRoles: ['ada'] });
    expect(await outcome(doing['read']!(bob!, stream))).toBe('permitted');
  });

  it('may open to everybody what is of the system', async () => {
    const stream = `$${newStream()}`;
    await admin!.setStreamMetadata(stream, { acl: { writeRoles: ['$all'] } });
    expect(await outcome(bob!.appendToStream(stream, event()))).toBe('permitted');
    expect(await outcome(eventsOf(bob!, stream))).toEqual(denied);
  });

  it('is in force from the moment it is set until it is set anew', async () => {
    const stream = await streamWith(null);
    for (const roles of [['ada'], ['bob'], ['ada']]) {
      await admin!.setStreamMetadata(stream, { acl: { writeRoles: roles } });
      expect(await outcome(ada!.appendToStream(stream, event()))).toEqual(roles.includes('ada') ? 'permitted' : denied);
      expect(await outcome(bob!.appendToStream(stream, event()))).toEqual(roles.includes('bob') ? 'permitted' : denied);
    }
  });

  it('refuses one append of many without a word about the others', async () => {
    const [open, closed] = [await streamWith(null), await streamWith({ writeRoles: [] })];
    const outcomes = await Promise.all([open, closed, open].map((stream) => outcome(bob!.appendToStream(stream, event()))));
    expect(outcomes).toEqual(['permitted', denied, 'permitted']);
    expect(await eventsOf(admin!, closed)).toHaveLength(1);
  });
});

describe('the whole log', () => {
  it('is read by the admins, and by those whom the settings of the stream $all name', async () => {
    for (const client of [ada!, bob!, ops!]) expect(await outcome(wholeLog(client))).toEqual(denied);
    expect((await wholeLog(admin!)).length).toBeGreaterThan(0);
    await admin!.setStreamMetadata('$all', { acl: { readRoles: ['ada'] } });
    expect(await outcome(wholeLog(bob!))).toEqual(denied);
    const heard: string[] = [];
    const subscription = ada!.subscribeToAll().on('data', ({ event: recorded }) => recorded !== undefined && heard.push(recorded.id));
    const sent = event();
    await bob!.appendToStream(newStream(), sent);
    await eventually(() => heard.includes(sent.id));
    await subscription.unsubscribe();
  });
});

describe('the file of users', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await testDatabase({ migrations: eventStoreMigrations })));
  afterAll(() => database.drop());

  it('is refused where others can read it, where it is none, and where it is not there', async () => {
    const file = await usersFile({ ada: [] });
    const refusal = (): Promise<unknown> =>
      startEventStore(database, 0, { tls: identity, users: file.path }).catch((error: unknown) => error);
    await chmod(file.path, 0o640);
    expect(await refusal()).toMatchObject({ constructor: CannotStart, message: expect.stringContaining(`run chmod 600 ${file.path}`) });
    await chmod(file.path, 0o600);
    await writeFile(file.path, '{ "password": "canary" }');
    expect(await refusal()).toMatchObject({
      constructor: CannotStart,
      message: expect.stringMatching(/^(?!.*canary).* is not a file of users/),
    });
    await file.remove();
    expect(await refusal()).toMatchObject({ constructor: CannotStart, message: expect.stringContaining('cannot be read (ENOENT)') });
  });

  it('and what callers send shows in no line of the log', async () => {
    const lines: string[] = [];
    const logger = createLogger({ process: 'event-store', level: 'trace', destination: { write: (line) => void lines.push(line) } });
    const databaseUrl = database.urlFor('patchbay_log');
    const service = await startEventStoreServer({ host: '127.0.0.1', port: 0, databaseUrl, tls: identity, users: users.path }, { logger });
    const { port } = new URL(service.addresses['grpc'] ?? '');
    const at = (credentials: string): EventStoreDBClient =>
      store.connect(`esdb://${credentials}@localhost:${port}?tls=true&tlsCAFile=${encodeURIComponent(identity.certificate)}`);
    await at(credentialsOf('ada')).appendToStream(newStream(), event());
    await outcome(at(credentialsOf('ada', 'pass:word of nobody')).appendToStream(newStream(), event()));
    await service.stop();
    const shown = lines.join('');
    expect(lines.length).toBeGreaterThan(0);
    for (const secret of ['pass:word', 'pass%3Aword', Buffer.from(`ada:${passwordOf('ada')}`).toString('base64'), '$scrypt$'])
      expect(shown).not.toContain(secret);
  });
});
