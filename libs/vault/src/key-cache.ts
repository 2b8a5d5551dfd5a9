import { LRUCache } from 'lru-cache';

/** Unwrapped keys: at most a thousand, each for at most five minutes. A key that leaves is zeroed. */
export class KeyCache {
  readonly #keys: LRUCache<string, Buffer>;
  readonly #loading = new Map<string, Promise<void>>();

  /** The clock counts milliseconds and never goes back. */
  constructor(clock: { now(): number } = performance) {
    this.#keys = new LRUCache({
      max: 1_000,
      ttl: 5 * 60_000,
      ttlAutopurge: true, // otherwise a key nobody asks for again would stay in memory until pushed out
      dispose: (key) => key.fill(0),
      perf: clock,
    });
  }

  /**
   * Lends the key for the length of one synchronous call. A key may be zeroed as soon as anything else runs, and sealing with zeros would be
   * sealing with nothing: that is why nothing is awaited between finding the key and using it.
   */
  async use<Result>(name: string, load: () => Promise<Buffer>, borrow: (key: Buffer) => Result): Promise<Result> {
    for (;;) {
      const key = this.#keys.get(name);
      if (key !== undefined) return borrow(key);
      await this.#load(name, load);
    }
  }

  /** Whoever misses together waits together: a cold cache asks the root once per key. */
  #load(name: string, load: () => Promise<Buffer>): Promise<void> {
    const running = this.#loading.get(name);
    if (running !== undefined) return running;
    const loading = load()
      .then((key) => void this.#keys.set(name, key))
      .finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }
}
