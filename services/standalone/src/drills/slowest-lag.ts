import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from './service-process';

const lookEachMs = 50;

/** How far behind the read models were at worst, in seconds. */
export class SlowestLag {
  readonly #over = new AbortController();
  #slowest = 0;
  #watching: Promise<void> = Promise.resolve();

  constructor(
    private readonly projections: ServiceProcess,
    private readonly unwanted: AbortSignal,
  ) {}

  watch(): void {
    this.#watching = this.#watch();
  }

  async end(): Promise<number> {
    this.#over.abort();
    await this.#watching;
    return Number(this.#slowest.toFixed(2));
  }

  async #watch(): Promise<void> {
    const signal = AbortSignal.any([this.#over.signal, this.unwanted]);
    while (!signal.aborted) {
      this.#slowest = Math.max(this.#slowest, (await this.projections.metric('patchbay_projection_lag_seconds')) ?? 0);
      await pause(lookEachMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
