import type { AddressInfo, Server, Socket } from 'node:net';

export interface ListeningServer {
  readonly port: number;
  /** Closes the server and cuts every connection it still holds. */
  stop(): Promise<void>;
}

/** Lets a server of any protocol listen on 127.0.0.1, on a free port unless told. */
export async function listening(server: Server, port = 0): Promise<ListeningServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined); // a client may hang up in the middle
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
