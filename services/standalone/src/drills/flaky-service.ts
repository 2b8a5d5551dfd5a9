import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Parts } from '../parts';

/**
 * The service that the drill's connections lead to. The key decides: `right-…` is taken and `wrong-…` refused; with `late-…` it hangs up the
 * first time, as a service does that is down for a moment. From `recover` on it never hangs up.
 */
export class FlakyService {
  #recovered = false;
  readonly #seen = new Set<string>();

  private constructor(readonly port: number) {}

  static async start(parts: Parts): Promise<FlakyService> {
    const server = createServer((request, response) => {
      const key = String(request.headers['x-api-key'] ?? '');
      if (service.#hangsUp(key)) request.socket.destroy();
      else if (key.startsWith('wrong-')) response.writeHead(401).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"drill","name":"The drill"}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const service = new FlakyService((server.address() as AddressInfo).port);
    parts.add({
      stop: async () => {
        server.close().closeAllConnections();
        await once(server, 'close');
      },
    });
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  recover(): void {
    this.#recovered = true;
  }

  #hangsUp(key: string): boolean {
    if (this.#recovered || !key.startsWith('late-') || this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}
