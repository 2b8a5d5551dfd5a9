import { countParked, type Follower } from '#follow';
import type { Database } from '#postgres';
import { readModelsFollower } from '#read-models';
import { Gauge, type Registry } from 'prom-client';
import { projections } from './projections';
import type { ReadEvent } from './read-event';

/** How the read models are doing, told by the process that writes them; the others say nothing of it. */
export function measureFollower(registry: Registry, follower: Follower<ReadEvent>, database: Database): void {
  const registers = [registry];
  new Gauge({
    name: 'patchbay_projection_lag_seconds',
    help: 'How old the oldest event is that waits to be projected; absent for a process that stands by.',
    labelNames: ['projection'],
    registers,
    collect() {
      this.reset();
      const { lagSeconds } = follower.following;
      if (lagSeconds !== null) for (const { name } of projections) this.set({ projection: name }, lagSeconds);
    },
  });
  new Gauge({
    name: 'patchbay_parked_events',
    help: 'Events that are not in the read models: those that could not be applied, and those that wait behind one. Worth an alert.',
    labelNames: ['follower'],
    registers,
    async collect() {
      this.reset();
      if (follower.following.role === 'following')
        this.set({ follower: readModelsFollower }, await countParked(database, readModelsFollower));
    },
  });
}
