import { CannotStart } from '#runtime';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/**
 * Asks for the port before anything is started, so that a taken one costs nobody a wait. Answers the port, a free one for 0.
 *
 * @throws CannotStart
 */
export async function requirePort(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new CannotStart(refusal(port, (cause as NodeJS.ErrnoException).code), { cause });
  }
  const free = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return free;
}

function refusal(port: number, code: string | undefined): string {
  if (code === 'EADDRINUSE') return `Port ${port} is taken by another process: stop it, or name another port in PATCHBAY_HTTP_PORT.`;
  return `Port ${port} cannot be listened on (${String(code)}): name another in PATCHBAY_HTTP_PORT.`;
}
