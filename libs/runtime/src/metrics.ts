import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { alive, type Health } from './health';

/**
 * A process's metrics and their page, served on a port of its own so that what the world can reach never shows them.
 * Labels come from fixed lists: never an id, never anything a user wrote.
 */
export class Metrics {
  readonly registry = new Registry();

  constructor(process: string) {
    this.registry.setDefaultLabels({ process });
    collectDefaultMetrics({ register: this.registry });
  }

  /**
   * Serves `GET /metrics`, and for a process that serves no other HTTP, whose `health` is given, `/healthz` and `/readyz` too. Port 0 lets
   * the system choose; the answer names the one it chose.
   */
  async listen(host: string, port: number, health?: Health): Promise<{ port: number; close(): Promise<void> }> {
    const server = createServer((request, response) => {
      this.#answer(request, response, health).catch(() => response.writeHead(500).end());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The metrics page listens on no port');
    return {
      port: address.port,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  }

  async #answer({ method, url }: IncomingMessage, response: ServerResponse, health: Health | undefined): Promise<void> {
    const path = method === 'GET' ? url : undefined;
    if (path === '/metrics') {
      response.writeHead(200, { 'content-type': this.registry.contentType }).end(await this.registry.metrics());
    } else if (health && path === '/healthz') {
      answerJson(response, 200, alive);
    } else if (health && path === '/readyz') {
      const { code, body } = await health.readiness();
      answerJson(response, code, body);
    } else {
      response.writeHead(404).end();
    }
  }
}

function answerJson(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
