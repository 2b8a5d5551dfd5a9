import { CannotStart } from '#runtime';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/**
 * Asks for the port that `variable` names before anything is started, so that a taken one costs nobody a wait. Answers the port, a free one for 0.
 *
 * @throws CannotStart
 */
export async function requirePort(port: number, variable = 'PATCHBAY_HTTP_PORT'): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new CannotStart(portIsRefused(port, variable, (cause as NodeJS.ErrnoException).code), { cause });
  }
  const free = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return free;
}

/** The sentence for whoever named the port in this variable. */
export function portIsRefused(port: number, variable: string, code: string | undefined): string {
  if (code === 'EADDRINUSE') return `Port ${port} is taken by another process: stop it, or name another port in ${variable}.`;
  return `Port ${port} cannot be listened on (${String(code)}): name another in ${variable}.`;
}
