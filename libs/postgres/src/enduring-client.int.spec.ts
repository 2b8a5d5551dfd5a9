import { listening } from '#testing';
import { createServer, type Socket } from 'node:net';
import { EnduringClient } from './enduring-client';

describe('a client', () => {
  it('does not end the process when its connection is lost while nobody listens', async () => {
    const sockets: Socket[] = [];
    // As far as a client that asks for nothing can tell, this is a server: it lets everybody in (AuthenticationOk, ReadyForQuery).
    const server = await listening(
      createServer((socket) => {
        sockets.push(socket);
        socket.once('data', () => socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])));
      }),
    );
    const client = new EnduringClient({ host: '127.0.0.1', port: server.port, user: 'anybody', ssl: false });
    await client.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));

    for (const socket of sockets) socket.destroy(); // without the listener this throws in the process, and fails the suite

    await ended;
    expect(client.listenerCount('error')).toBeGreaterThan(0);
    await server.stop();
  });
});
