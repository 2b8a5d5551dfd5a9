import { ownerOf } from './log-event';

/** Beyond so many streams it is cheaper to look at all of them. */
const most = 10_000;

/**
 * Streams of which events may be stored that no reader is shown. A memory only: what was noted and not cleared is found again by looking
 * at all streams, which is due whenever a process begins to write the log.
 */
export class Leftovers {
  #streams = new Set<string>();
  #all = true;

  /** Whether every stream is to be looked at. */
  get areAnywhere(): boolean {
    return this.#all;
  }

  note(streams: readonly string[]): void {
    for (const stream of streams) this.#streams.add(ownerOf(stream));
    if (this.#streams.size > most) this.noteAll();
  }

  noteAll(): void {
    this.#streams = new Set();
    this.#all = true;
  }

  /** Whoever takes all of them looks at every stream; what is noted meanwhile is there afterwards. */
  takeAll(): void {
    this.#streams = new Set();
    this.#all = false;
  }

  /** Some that were noted. */
  take(count: number): readonly string[] {
    const taken = [...this.#streams].slice(0, count);
    for (const stream of taken) this.#streams.delete(stream);
    return taken;
  }
}
