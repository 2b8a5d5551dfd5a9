import { format } from 'node:util';
import { join } from 'node:path';
import { Secret } from '#secret';
import { testCertificate, testEventStore, type TestCertificate, type TestEventStore } from '#testing';
import { EventStoreDBClient } from '@eventstore/db-client';
import { putUser } from '../../../services/event-store/src/users-file';
import type { EventStore, LogMessage, NewEvent } from './event-store';
import { LogIsUnavailable, OutcomeUnknown } from './event-store-errors';
import { openEventStore } from './open-event-store';

/** The server compares passwords at full cost here, so the first call of each user takes a moment. */
const callTimeoutMs = 3_000;
const password = 'canary: 100 % @home';

describe('a log that asks who calls', () => {
  let identity: TestCertificate;
  let server: TestEventStore;
  const opened: EventStore[] = [];

  beforeAll(async () => {
    identity = await testCertificate();
    const users = join(identity.folder, 'users.json');
    await putUser(users, 'patchbay', password, ['$admins']);
    await putUser(users, 'visitor', password, []);
    server = await testEventStore({ tls: identity, users });
  }, 60_000);
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });
  afterAll(async () => {
    await server.drop();
    await identity.remove();
  });

  const urlFor = (name: string, word = password, scheme = 'esdb'): string =>
    `${scheme}://${encodeURIComponent(name)}:${encodeURIComponent(word)}@localhost:${server.port}?tls=true&tlsCAFile=${identity.certificate}`;
  const open = (url: string): EventStore => {
    const store = openEventStore({ url: Secret.of(url), callTimeoutMs });
    opened.push(store);
    return store;
  };
  const failure = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'no failure',
      (error: unknown) => error,
    );

  it.each(['esdb', 'esdb+discover'])('is appended to, read and followed by a URL with a user and a certificate (%s)', async (scheme) => {
    const store = open(urlFor('patchbay', password, scheme));
    const stream = `connection-${scheme}`;
    const { position } = await store.append(stream, [event()], 'no-stream');
    const read: number[] = [];
    for await (const { revision } of store.readStream(stream)) read.push(revision);
    expect(read).toEqual([0]);
    expect(await store.readLastPosition()).toBe(position);
    const heard: LogMessage['kind'][] = [];
    for await (const { kind } of store.subscribeToAll({ after: position - 1n, signal: AbortSignal.timeout(10_000) })) {
      heard.push(kind);
      if (kind === 'event') break;
    }
    expect(heard).toContain('event');
  });

  it('serves nobody with wrong credentials, and nothing says a word of them', async () => {
    const printed = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const store = open(urlFor('patchbay', 'canary of another'));
    const [appending, reading] = [await failure(store.append('connection-1', [event()], 'any')), await failure(store.readLastPosition())];
    expect(appending).toBeInstanceOf(OutcomeUnknown); // the client fails every append of the process when one call is refused
    expect(reading).toBeInstanceOf(LogIsUnavailable);
    expect(format('%o %o', appending, reading)).not.toContain('canary');
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  it('says at once that an append is denied, and stores nothing', async () => {
    const administrator = EventStoreDBClient.connectionString(urlFor('patchbay'));
    await administrator.setStreamMetadata('connection-closed', { acl: { writeRoles: ['$admins'] } });
    const store = open(urlFor('visitor'));
    await store.append('connection-open', [event()], 'any');
    const began = Date.now();
    const denied = await failure(store.append('connection-closed', [event()], 'any'));
    expect(denied).toBeInstanceOf(LogIsUnavailable);
    expect(denied).toMatchObject({ message: expect.stringContaining('does not let its user append to connection-closed') });
    expect(Date.now() - began).toBeLessThan(1_000);
    await administrator.dispose();
  });
});

const event = (): NewEvent => ({ id: crypto.randomUUID(), type: 'ConnectionRenamed.v1', data: { name: 'CRM' }, metadata: {} });
