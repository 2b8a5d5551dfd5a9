import { Counter, Gauge, type Registry } from 'prom-client';
import type { OpenWork } from './open-work';
import { tries, type Try } from './open-work-finisher';
import type { Swept } from './vault-sweep';

const kinds: readonly OpenWork['kind'][] = ['candidate', 'verification'];
const brakes = ['log_is_behind', 'too_many'] as const;

/** How the worker of a process is doing. */
export class WorkerMetrics {
  readonly #working: Gauge;
  readonly #open: Gauge;
  readonly #tries: Counter;
  readonly #shredded: Counter;
  readonly #stopped: Gauge;
  readonly #keysWorn: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#working = new Gauge({ name: 'patchbay_worker_active', help: '1 in the process that finishes what was begun.', registers });
    this.#open = new Gauge({
      name: 'patchbay_due_work_open',
      help: 'Candidates and verifications that wait for their service.',
      labelNames: ['kind'],
      registers,
    });
    this.#tries = new Counter({
      name: 'patchbay_due_work_tries_total',
      help: 'Attempts at open work, by what came of them.',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.#shredded = new Counter({ name: 'patchbay_vault_shredded_total', help: 'Vault rows that the sweep destroyed.', registers });
    this.#stopped = new Gauge({
      name: 'patchbay_vault_sweep_stopped',
      help: '1 while the sweep destroys nothing, by what stops it. Worth an alert.',
      labelNames: ['brake'],
      registers,
    });
    this.#keysWorn = new Gauge({
      name: 'patchbay_vault_key_wraps_ratio',
      help: 'How much the key that wrapped most has used of what a key may do; it is changed at 0.5. Worth an alert at 0.8.',
      registers,
    });
    for (const kind of kinds) for (const outcome of [...tries, 'failed']) this.#tries.inc({ kind, outcome }, 0);
    for (const brake of brakes) this.#stopped.set({ brake }, 0);
  }

  working(is: boolean): void {
    this.#working.set(is ? 1 : 0);
    if (!is) this.#open.reset();
  }

  open(counts: ReadonlyMap<OpenWork['kind'], number>): void {
    for (const kind of kinds) this.#open.set({ kind }, counts.get(kind) ?? 0);
  }

  tried(kind: OpenWork['kind'], outcome: Try | 'failed'): void {
    this.#tries.inc({ kind, outcome });
  }

  keysWorn(share: number): void {
    this.#keysWorn.set(share);
  }

  swept(swept: Swept): void {
    for (const brake of brakes) this.#stopped.set({ brake }, 'stopped' in swept && swept.stopped === brake ? 1 : 0);
    if ('shredded' in swept) this.#shredded.inc(swept.shredded);
  }
}
