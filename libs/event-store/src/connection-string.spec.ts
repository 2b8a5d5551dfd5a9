import { format } from 'node:util';
import { clientFor } from './connection-string';

describe('the URL of the event store', () => {
  const password = 'canary-password';

  it.each([
    'esdb://127.0.0.1:2113?tls=false',
    'esdb+discover://cluster.example:2113',
    'esdb://a:2113,b:2113?nodePreference=leader',
    'esdb://host/',
  ])('may be %s', (url) => {
    expect(clientFor(url, 'patchbay').connectionName).toBe('patchbay');
  });

  it('may name the connection itself', () => {
    expect(clientFor('esdb://host:2113?connectionName=theirs', 'patchbay').connectionName).toBe('theirs');
  });

  it.each([
    ['has another protocol', `http://admin:${password}@host:2113`],
    ['has no host', `esdb://admin:${password}@?tls=false`],
    ['has a port that is none', `esdb://admin:${password}@host:port`],
    ['sets what the client does not know', `esdb://admin:${password}@host?password=${password}`],
    ['lets failed appends pass for stored ones', `esdb://admin:${password}@host?throwOnAppendFailure=false`],
    ['asks for what only prints a warning', `esdb://admin:${password}@host?tlsVerifyCert=false`],
    ['has a setting of the wrong kind', `esdb://admin:${password}@host?tls=${password}`],
  ])('is refused without being shown when it %s', (_, url) => {
    const printed = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    let refused: unknown;
    try {
      clientFor(url, 'patchbay');
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(TypeError);
    expect(format('%o %j', refused, refused)).not.toContain(password);
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });
});
