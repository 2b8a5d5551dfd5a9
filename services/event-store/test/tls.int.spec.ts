import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { CannotStart } from '#runtime';
import { testCertificate, testDatabase, type TestCertificate, type TestDatabase } from '#testing';
import { status } from '@grpc/grpc-js';
import { eventStoreMigrations } from '../src/migrations';
import { event, eventsOf, idsOf, newStream } from './events';
import { runningEventStore, startEventStore, type RunningEventStore } from './running-event-store';

let identity: TestCertificate;
beforeAll(async () => (identity = await testCertificate()));
afterAll(() => identity.remove());

const trusting = (target: string, { certificate }: TestCertificate, scheme = 'esdb'): string =>
  `${scheme}://${target.replace('127.0.0.1', 'localhost')}?tls=true&tlsCAFile=${encodeURIComponent(certificate)}`;

describe('an event store with a certificate', () => {
  let store: RunningEventStore;
  beforeAll(async () => (store = await runningEventStore({ tls: identity })));
  afterAll(() => store.close());

  it.each(['esdb', 'esdb+discover'])('is spoken to over TLS by whoever trusts it (%s)', async (scheme) => {
    const client = store.connect(trusting(store.target, identity, scheme));
    const [stream, sent] = [newStream(), event()];
    await client.appendToStream(stream, sent);
    expect(idsOf(await eventsOf(client, stream))).toEqual([sent.id]);
  });

  it('is not spoken to without TLS', async () => {
    const client = store.connect(`esdb://${store.target}?tls=false`);
    await expect(client.appendToStream(newStream(), event())).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });

  it('is not taken for another: a client that trusts other certificates sends it nothing', async () => {
    const another = await testCertificate();
    const client = store.connect(trusting(store.target, another));
    await expect(client.appendToStream(newStream(), event())).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await another.remove();
  });

  it('speaks no TLS older than 1.2', async () => {
    const refused = new Promise((resolve) => {
      const [host, port] = store.target.split(':');
      connect({ host: host ?? '', port: Number(port), maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' })
        .once('error', resolve)
        .once('secureConnect', () => resolve('connected'));
    });
    expect(await refused).toMatchObject({ code: expect.stringMatching(/ALERT_PROTOCOL_VERSION|ECONNRESET/) });
  });
});

describe('an event store does not start', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await testDatabase({ migrations: eventStoreMigrations })));
  afterAll(() => database.drop());

  const missing = (): string => join(identity.folder, 'nowhere.pem');
  const written = async (name: string, text: string): Promise<string> => {
    const path = join(identity.folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const keyOfAnother = async (): Promise<string> => {
    const { key } = await testCertificate();
    return key;
  };

  it.each<[string, () => Promise<{ certificate: string; key: string }>, RegExp]>([
    [
      'with a certificate that is not there',
      () => Promise.resolve({ ...identity, certificate: missing() }),
      /the certificate .* cannot be read \(ENOENT\)/,
    ],
    [
      'with a key that is not there',
      () => Promise.resolve({ ...identity, key: missing() }),
      /the key of its certificate, cannot be read \(ENOENT\)/,
    ],
    ['with a key of another certificate', async () => ({ ...identity, key: await keyOfAnother() }), /is not the key of the certificate/],
    [
      'with a certificate that is none',
      async () => ({ ...identity, certificate: await written('text.crt', 'text') }),
      /is not a certificate in PEM/,
    ],
    ['with a certificate that has expired', () => testCertificate({ expires: new Date('2020-01-01T00:00:00Z') }), /expired on 2020-01-01/],
  ])('%s, and says why', async (_, files, sentence) => {
    const { certificate, key } = await files();
    await expect(startEventStore(database, 0, { tls: { certificate, key } })).rejects.toMatchObject({
      constructor: CannotStart,
      message: expect.stringMatching(sentence),
    });
  });

  it('with a key that others can read, and says what to do', async () => {
    const open = await testCertificate();
    const { key } = open;
    await chmod(key, 0o644);
    await expect(startEventStore(database, 0, { tls: open })).rejects.toMatchObject({
      constructor: CannotStart,
      message: `${key}, the key of its certificate, has mode 0644 and is open to others: run chmod 600 ${key}`,
    });
    await open.remove();
  });
});
