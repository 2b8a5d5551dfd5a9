import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { SeededConnection } from './seeded-connections';

export interface SteadyEditsOptions {
  readonly url: string;
  readonly token: string;
  readonly connections: readonly SeededConnection[];
  /** In a second, whatever the answers take. */
  readonly rate: number;
  readonly unwanted: AbortSignal;
}

const tickMs = 20;
const inFlightAtMost = 128;

/** People who label connections over HTTP, so many in a second; each waits for nobody. */
export class SteadyEdits {
  readonly latenciesMs: number[] = [];
  /** Answered with 503, and so to be sent again: the machine had more to do than it could. */
  putOff = 0;
  readonly #pool: Pool;
  #ending = new AbortController();
  #going: Promise<void> = Promise.resolve();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #failures = new Map<string, number>();
  #seconds = 0;

  constructor(private readonly options: SteadyEditsOptions) {
    this.#pool = new Pool(options.url, { connections: inFlightAtMost });
  }

  start(): void {
    this.#ending = new AbortController();
    this.#going = this.#go();
  }

  /** Resolves when everything that was asked is answered. */
  async pause(): Promise<void> {
    this.#ending.abort();
    await this.#going;
    await Promise.all(this.#inFlight);
  }

  /** For good. */
  async stop(): Promise<void> {
    await this.pause();
    await this.#pool.destroy();
  }

  /** A sentence for each way in which edits were not done. */
  get findings(): readonly string[] {
    return [...this.#failures].map(([how, count]) => `${count} edits ${how}.`);
  }

  /** Acknowledged in a second, over all the time it went. */
  get perSecond(): number {
    return this.latenciesMs.length / this.#seconds;
  }

  async #go(): Promise<void> {
    const { rate, unwanted } = this.options;
    const began = performance.now();
    let asked = 0;
    while (!this.#ending.signal.aborted && !unwanted.aborted) {
      const due = Math.floor(((performance.now() - began) / 1_000) * rate);
      for (; asked < due && this.#inFlight.size < inFlightAtMost; asked += 1) this.#begin();
      await pause(tickMs, undefined, { signal: this.#ending.signal }).catch(() => undefined);
    }
    this.#seconds += (performance.now() - began) / 1_000;
  }

  #begin(): void {
    const edit = this.#edit().finally(() => this.#inFlight.delete(edit));
    this.#inFlight.add(edit);
  }

  async #edit(): Promise<void> {
    const { connections, token } = this.options;
    const one = connections[Math.floor(Math.random() * connections.length)];
    if (one === undefined) throw new Error('There is no connection to edit.');
    const began = performance.now();
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'PATCH',
        path: `/v1/workspaces/${one.workspaceId}/connections/${one.id}`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ labels: { edit: randomUUID() } }),
      });
      const text = await body.text();
      if (statusCode === 200) this.latenciesMs.push(performance.now() - began);
      else if (statusCode === 503) this.putOff += 1;
      else this.#fail(`were answered with ${statusCode} ${(JSON.parse(text) as { reason?: string }).reason ?? text}`);
    } catch (error) {
      this.#fail(`were not answered: ${String(error)}`);
    }
  }

  #fail(how: string): void {
    this.#failures.set(how, (this.#failures.get(how) ?? 0) + 1);
  }
}
