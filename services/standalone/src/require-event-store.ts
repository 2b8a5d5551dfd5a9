import { CannotStart } from '#runtime';
import { once } from 'node:events';
import { connect } from 'node:net';

const defaultPort = 2113;
const answersWithinMs = 3_000;

/**
 * Looks whether anything listens at one of the hosts of EVENT_STORE_URL, as the client would go on trying without a word.
 *
 * @throws CannotStart
 */
export async function requireEventStore(url: string): Promise<void> {
  const authority = /^[^:]+:\/\/(?:[^@/?#]*@)?([^/?#]*)/.exec(url)?.[1] ?? '';
  const dials = authority.split(',').map((host) => dial(host));
  try {
    await Promise.any(dials);
  } catch {
    throw new CannotStart(
      `Nothing answers at ${authority}, which EVENT_STORE_URL names: start the event store there, or leave the variable out.`,
    );
  }
}

async function dial(host: string): Promise<void> {
  const { hostname, port } = new URL(`tcp://${host}`);
  const socket = connect(port === '' ? defaultPort : Number(port), hostname.replace(/^\[(.*)\]$/, '$1'));
  socket.setTimeout(answersWithinMs, () => socket.destroy(new Error('no answer in time')));
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
