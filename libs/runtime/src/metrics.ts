import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Health } from './health';
import { serveMetrics, type MetricsPage } from './serve-metrics';

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

  /** As `serveMetrics` does. */
  listen(host: string, port: number, health?: Health): Promise<MetricsPage> {
    return serveMetrics([this.registry], host, port, health);
  }
}
