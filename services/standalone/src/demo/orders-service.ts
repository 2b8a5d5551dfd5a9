import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Parts } from '../parts';

/** The service that the demo connects: it takes one key, and can be switched off. Off, it hangs up on whoever calls. */
export class OrdersService {
  /** The one it takes. */
  key = '';
  #isOn = true;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const right = request.headers['x-api-key'] === this.key;
      response.writeHead(right ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(right ? { id: 'shop-4711', name: 'Orders GmbH' } : { error: 'X-Api-Key is not a key of this service' }));
    });
    this.#server.on('connection', (socket) => {
      if (!this.#isOn) socket.destroy();
    });
  }

  static async start(parts: Parts): Promise<OrdersService> {
    const orders = new OrdersService();
    orders.#server.listen(0, '127.0.0.1');
    await once(orders.#server, 'listening');
    parts.add({
      stop: async () => {
        const closed = once(orders.#server, 'close');
        orders.#server.close().closeAllConnections();
        await closed;
      },
    });
    return orders;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  switchOff(): void {
    this.#isOn = false;
    this.#server.closeAllConnections();
  }

  switchOn(): void {
    this.#isOn = true;
  }
}
