import { bytesOf, type Append, type AppendOutcome } from './append';

export interface QueuedAppend {
  readonly append: Append;
  readonly bytes: number;
  readonly settle: PromiseWithResolvers<AppendOutcome>;
}

/** What one commit takes at most; a single append may be larger. */
const commitEvents = 1_000;
const commitBytes = 4 * 1024 * 1024;
/** What an append weighs beside its events. */
const weight = 1_024;
/** From here on whoever reads appends from a connection should wait, so that what waits for the disk stays bounded. */
const crowdedBytes = 32 * 1024 * 1024;

/** Appends on their way to the log, in the order they came. */
export class AppendQueue {
  #entries: QueuedAppend[] = [];
  #bytes = 0;
  #roomy: PromiseWithResolvers<void> | null = null;

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  add(append: Append): Promise<AppendOutcome> {
    const settle = Promise.withResolvers<AppendOutcome>();
    const bytes = append.events.reduce((sum, event) => sum + bytesOf(event), weight);
    this.#entries.push({ append, bytes, settle });
    this.#bytes += bytes;
    return settle.promise;
  }

  /** The oldest appends, as many as one commit takes. */
  take(): readonly QueuedAppend[] {
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const entry of this.#entries) {
      events += entry.append.events.length;
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

  #remove(count: number): readonly QueuedAppend[] {
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
