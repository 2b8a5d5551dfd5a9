import { EventStoreDBClient } from '@eventstore/db-client';

/**
 * What a connection string may set. Left out on purpose: `throwOnAppendFailure` (turned off, the client answers a wrong revision),
 * `tlsVerifyCert` (has no effect but a warning that prints the whole string).
 */
const settable = [
  'connectionName',
  'defaultDeadline',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
  'maxDiscoverAttempts',
  'nodePreference',
  'tls',
  'tlsCAFile',
  'userCertFile',
  'userKeyFile',
];

/**
 * A stalled connection is noticed by the ping it does not answer: within 15 s, in ms. The client warns on the console below 10 s,
 * and its own time-out (10 s) would make that 20.
 */
const keepAlive = { keepAliveInterval: '10000', keepAliveTimeout: '5000' };

/** How many clients this process has made. */
let clients = 0;

/**
 * A client for a connection string (`esdb://host:2113?tls=false`, `esdb+discover://…`), not connected yet. What the string sets, it keeps.
 * Throws a `TypeError` that does not repeat the string, as it may hold a password; the client's own errors and warnings do repeat it.
 */
export function clientFor(url: string, connectionName: string): EventStoreDBClient {
  const [hosts = '', query = ''] = url.trim().replace(/\/+$/, '').split('?', 2);
  const options = new URLSearchParams(query);
  const known = new Set(settable.map((name) => name.toLowerCase()));
  const given = new Set([...options.keys()].map((name) => name.toLowerCase()));
  if (![...given].every((name) => known.has(name)))
    throw new TypeError(`the URL of the event store has an option that is not one of ${settable.join(', ')}`);
  for (const [name, value] of Object.entries({ connectionName, ...keepAlive }))
    if (!given.has(name.toLowerCase())) options.set(name, value);
  setApart(options);
  try {
    return EventStoreDBClient.connectionString(`${hosts}?${options.toString()}`);
  } catch {
    throw new TypeError('the URL of the event store cannot be read; it looks like esdb://host:2113?tls=false');
  }
}

/**
 * Clients of equal settings share one connection in grpc-js, and the pauses before it is tried again, which grow to two minutes. A client that
 * is to find out whether another connection works must have one of its own: so each has a ping time-out that no other has, by milliseconds.
 */
function setApart(options: URLSearchParams): void {
  clients = (clients + 1) % 1_000;
  for (const [name, value] of options)
    if (name.toLowerCase() === 'keepalivetimeout' && /^\d+$/.test(value)) options.set(name, String(Number(value) + clients));
}
