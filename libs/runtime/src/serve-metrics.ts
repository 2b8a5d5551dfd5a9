import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { alive, type Health } from './health';

export interface MetricsPage {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `GET /metrics` of all these registries, and for a process that serves no other HTTP, whose `health` is given, `/healthz` and
 * `/readyz` too. Port 0 lets the system choose; the answer names the one it chose.
 */
export async function serveMetrics(registries: readonly Registry[], host: string, port: number, health?: Health): Promise<MetricsPage> {
  const server = createServer((request, response) => {
    answer(registries, request, response, health).catch(() => response.writeHead(500).end());
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

async function answer(
  registries: readonly Registry[],
  { method, url }: IncomingMessage,
  response: ServerResponse,
  health: Health | undefined,
): Promise<void> {
  const path = method === 'GET' ? url : undefined;
  if (path === '/metrics') {
    const [first] = registries;
    response.writeHead(200, { 'content-type': first?.contentType ?? 'text/plain' }).end(await textOf(registries));
  } else if (health && path === '/healthz') {
    answerJson(response, 200, alive);
  } else if (health && path === '/readyz') {
    const { code, body } = await health.readiness();
    answerJson(response, code, body);
  } else {
    response.writeHead(404).end();
  }
}

/** Each metric described once, whoever has values of it: their label `process` tells them apart. */
async function textOf(registries: readonly Registry[]): Promise<string> {
  const texts = new Map<string, readonly string[]>();
  for (const registry of registries) {
    for (const { name } of registry.getMetricsAsArray()) {
      const lines = (await registry.getSingleMetricAsString(name)).split('\n');
      const known = texts.get(name);
      texts.set(name, known ? [...known, ...lines.filter((line) => !line.startsWith('#'))] : lines);
    }
  }
  return `${[...texts.values()].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function answerJson(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
