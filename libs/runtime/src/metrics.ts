import { createServer } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';

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

  /** Serves `GET /metrics`. Port 0 lets the system choose; the answer names the one it chose. */
  async listen(host: string, port: number): Promise<{ port: number; close(): Promise<void> }> {
    const server = createServer((request, response) => {
      if (request.method !== 'GET' || request.url !== '/metrics') {
        response.writeHead(404).end();
        return;
      }
      this.registry.metrics().then(
        (page) => response.writeHead(200, { 'content-type': this.registry.contentType }).end(page),
        () => response.writeHead(500).end(),
      );
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
}
