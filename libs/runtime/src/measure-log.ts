import { Gauge, type Registry } from 'prom-client';
import type { ProbeResult } from './health';

/** The probe that every process which needs the log asks it by. */
export const eventLogProbe = 'event_log';

/** Adds `patchbay_log_up`: what readiness says of the log, 1 or 0. */
export function measureLog(registry: Registry, ready: () => Promise<readonly ProbeResult[]>): void {
  new Gauge({
    name: 'patchbay_log_up',
    help: 'Whether the event log answers: 1, or 0 while it does not.',
    registers: [registry],
    async collect() {
      const isUp = (await ready()).some(({ name, up }) => name === eventLogProbe && up);
      this.set(isUp ? 1 : 0);
    },
  });
}
