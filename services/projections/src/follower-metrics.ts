import { CheckpointWasMoved, countParked, type Follower, type Happening } from '#follow';
import type { Database } from '#postgres';
import { readModelsFollower } from '#read-models';
import { Counter, Gauge, type Registry } from 'prom-client';
import { projections } from './projections';
import type { ReadEvent } from './read-event';

/** How the read models are doing, told by the process that writes them: one that stands by tells nothing of lag and parking. */
export class FollowerMetrics {
  readonly #refused: Counter;

  constructor(private readonly registry: Registry) {
    this.#refused = new Counter({
      name: 'patchbay_follower_refused_writes_total',
      help: 'Writes that the checkpoint refused, as another process had moved it: one was halted and woken, or two have the turn.',
      registers: [registry],
    });
  }

  happened(happening: Happening): void {
    if (happening.kind === 'failed' && happening.error instanceof CheckpointWasMoved) this.#refused.inc();
  }

  watch(follower: Follower<ReadEvent>, database: Database): void {
    new Gauge({
      name: 'patchbay_projection_lag_seconds',
      help: 'How old the oldest event is that waits to be projected; absent for a process that stands by.',
      labelNames: ['projection'],
      registers: [this.registry],
      collect() {
        this.reset();
        const { lagSeconds } = follower.following;
        if (lagSeconds !== null) for (const { name } of projections) this.set({ projection: name }, lagSeconds);
      },
    });
    new Gauge({
      name: 'patchbay_parked_events',
      help: 'Events that could not be applied, and those that wait behind one: absent for a process that stands by. Worth an alert.',
      registers: [this.registry],
      async collect() {
        if (follower.following.role === 'following') this.set(await countParked(database, readModelsFollower));
        else this.remove();
      },
    });
  }
}
