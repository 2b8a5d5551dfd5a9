import { setTimeout as pause } from 'node:timers/promises';
import { Refused } from '#domain';
import type { Database } from '#postgres';
import { checkpointPosition } from '#read-models';

const patienceMs = 2_000;
const pollMs = 20;

/** How far the read models have come. However many wait for them, the database is asked once at a time. */
export class ReadPosition {
  #reached = 0n;
  #asking: Promise<void> | null = null;

  constructor(private readonly database: Database) {}

  /**
   * Resolves once the read models have seen everything up to `position`; at once where nothing is asked for.
   * @throws Refused ReadModelIsBehind after two seconds
   */
  async reach(position: bigint | undefined): Promise<void> {
    if (position === undefined) return;
    const deadline = performance.now() + patienceMs;
    for (;;) {
      if (this.#reached >= position) return;
      await (this.#asking ??= this.#ask());
      if (this.#reached >= position) return;
      if (performance.now() >= deadline) throw new Refused('ReadModelIsBehind');
      await pause(pollMs);
    }
  }

  async #ask(): Promise<void> {
    try {
      this.#reached = await checkpointPosition(this.database);
    } finally {
      this.#asking = null;
    }
  }
}
