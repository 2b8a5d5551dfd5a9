import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The service that the first connection is made to: a tiny shop's order API, a process of its own, as the services people connect are.
 * `GET /whoami` with the right `X-Api-Key` names the account. Its parent tells it key and port, and it ends when the parent is gone.
 */
export interface SampleServiceOrder {
  readonly apiKey: string;
  /** Where it listened the last time; another is taken when that one is not free. */
  readonly port: number;
}

const account = { id: 'shop-4711', name: 'Orders, the sample service' };

function answer(request: IncomingMessage, response: ServerResponse, apiKey: string): void {
  const respond = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  };
  if (request.url !== '/whoami') respond(404, { error: 'Orders answers GET /whoami' });
  else if (isSame(String(request.headers['x-api-key']), apiKey)) respond(200, account);
  else respond(401, { error: 'X-Api-Key is not a key of this service' });
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

function serve({ apiKey, port }: SampleServiceOrder): void {
  const server = createServer((request, response) => answer(request, response, apiKey));
  server.on('listening', () => process.send?.((server.address() as AddressInfo).port));
  server.once('error', () => server.listen(0, '127.0.0.1'));
  server.listen(port, '127.0.0.1');
}

process.once('message', (order) => serve(order as SampleServiceOrder));
process.on('disconnect', () => process.exit(0));
// A terminal's Ctrl-C reaches us too, but the verifications that our parent still lets end need us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
