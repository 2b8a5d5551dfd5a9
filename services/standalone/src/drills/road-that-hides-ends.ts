import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Secret } from '#secret';
import type { Scratch } from '../scratch';

/** What PostgreSQL says before it ends a connection by itself. */
const farewell = 'FATAL';

/**
 * A road to a database on which the end of a connection is lost, as in a network that forgot about it: whoever is cut off by the server is not
 * told, and finds out only by asking in vain. That befalls the connections that call themselves `applicationName`; others are told. Answers the
 * URL that leads over it.
 */
export async function roadThatHidesEnds({ parts }: Scratch, url: Secret, applicationName: string): Promise<Secret> {
  const road = new URL(url.reveal());
  const { hostname, port } = road;
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.pipe(far);
    near.once('data', (greeting: Buffer) => {
      if (greeting.includes(applicationName)) far.on('data', (answer: Buffer) => answer.includes(farewell) || near.write(answer));
      else far.pipe(near).once('close', () => far.destroy());
    });
    near.on('close', () => far.destroy());
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  parts.add({
    stop: () => {
      relay.close();
      for (const socket of sockets) socket.destroy();
      return Promise.resolve();
    },
  });
  road.port = String((relay.address() as AddressInfo).port);
  return Secret.of(road.href);
}
