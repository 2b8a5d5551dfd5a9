import { bytesOf } from './append';
import type { ProposedEvent } from './log-event';
import type { Write, WriteOutcome } from './write';

export interface QueuedWrite {
  readonly write: Write;
  readonly bytes: number;
  /** When it came, in ms on the clock of `performance`. */
  readonly since: number;
  readonly settle: PromiseWithResolvers<WriteOutcome>;
}

/** What one commit takes at most; a single write may be larger. */
const commitEvents = 1_000;
const commitBytes = 4 * 1024 * 1024;
/** What a write weighs beside its events. */
const weight = 1_024;
/** From here on whoever reads writes from a connection should wait, so that what waits for the disk stays bounded. */
const crowdedBytes = 32 * 1024 * 1024;

/** Writes on their way to the log, in the order they came. */
export class WriteQueue {
  #entries: QueuedWrite[] = [];
  #bytes = 0;
  #roomy: PromiseWithResolvers<void> | null = null;

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get oldest(): QueuedWrite | undefined {
    return this.#entries[0];
  }

  add(write: Write): Promise<WriteOutcome> {
    const settle = Promise.withResolvers<WriteOutcome>();
    const bytes = eventsOf(write).reduce((sum, event) => sum + bytesOf(event), weight);
    this.#entries.push({ write, bytes, since: performance.now(), settle });
    this.#bytes += bytes;
    return settle.promise;
  }

  /** The oldest writes, as many as one commit takes. */
  take(): readonly QueuedWrite[] {
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const entry of this.#entries) {
      events += eventsOf(entry.write).length;
      bytes += entry.bytes;
      if (count > 0 && (events > commitEvents || bytes > commitBytes)) break;
      count += 1;
    }
    return this.#remove(count);
  }

  rejectAll(reason: Error): void {
    for (const { settle } of this.#remove(this.#entries.length)) settle.reject(reason);
  }

  /** Resolves at once, or as soon as little enough is waiting. */
  room(): Promise<void> {
    if (this.#bytes < crowdedBytes) return Promise.resolve();
    this.#roomy ??= Promise.withResolvers();
    return this.#roomy.promise;
  }

  #remove(count: number): readonly QueuedWrite[] {
    const removed = this.#entries.slice(0, count);
    this.#entries = this.#entries.slice(count);
    this.#bytes -= removed.reduce((sum, { bytes }) => sum + bytes, 0);
    if (this.#bytes < crowdedBytes) {
      this.#roomy?.resolve();
      this.#roomy = null;
    }
    return removed;
  }
}

const eventsOf = (write: Write): readonly ProposedEvent[] => ('events' in write ? write.events : []);
