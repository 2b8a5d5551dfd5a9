import { readConfig } from '#runtime';
import { eventStoreServerConfig } from './config';

const database = { EVENT_STORE_DATABASE_URL: 'postgres://patchbay_log:password@127.0.0.1:5432/patchbay' };
const [certificate, key, users] = ['/etc/event-store.crt', '/etc/event-store.key', '/etc/users.json'];

const problemsOf = (env: Record<string, string>): readonly string[] => {
  const read = readConfig(eventStoreServerConfig, { ...database, ...env });
  return 'problems' in read ? read.problems : [];
};

describe('the configuration of the embedded event store', () => {
  it('asks for a database, and serves this machine only, without TLS and to anybody, unless told', () => {
    expect(readConfig(eventStoreServerConfig, database)).toMatchObject({
      config: { host: '127.0.0.1', port: 2113, tls: undefined, users: undefined, httpPort: undefined },
    });
  });

  it('takes a certificate with its key, and users', () => {
    const env = { EVENT_STORE_TLS_CERTIFICATE: certificate, EVENT_STORE_TLS_KEY: key, EVENT_STORE_USERS: users };
    expect(readConfig(eventStoreServerConfig, { ...database, ...env })).toMatchObject({ config: { tls: { certificate, key }, users } });
  });

  it.each([
    ['a certificate without its key', { EVENT_STORE_TLS_CERTIFICATE: certificate }, 'EVENT_STORE_TLS_KEY is not set'],
    ['a key without its certificate', { EVENT_STORE_TLS_KEY: key }, 'EVENT_STORE_TLS_CERTIFICATE is not set'],
    ['users without TLS', { EVENT_STORE_USERS: users }, 'clients send no credentials without TLS'],
    ['a time that is none', { EVENT_STORE_KEEP_ALIVE_TIMEOUT: '10s' }, 'is not a number of milliseconds'],
  ])('refuses %s', (_, env, sentence) => {
    expect(problemsOf(env)).toEqual([expect.stringContaining(sentence)]);
  });
});
