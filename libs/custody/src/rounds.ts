import AsyncLock from 'async-lock';

/**
 * Shares work between those who ask for it at once, one round at a time for each key. Who asks while a round runs waits for the next one: the
 * one that runs may have looked before what they know happened.
 */
export class Rounds {
  readonly #lock = new AsyncLock();
  readonly #next = new Map<string, Promise<void>>();

  join(key: string, work: () => Promise<void>): Promise<void> {
    const next = this.#next.get(key) ?? this.#begin(key, work);
    this.#next.set(key, next);
    return next;
  }

  async #begin(key: string, work: () => Promise<void>): Promise<void> {
    await Promise.resolve(); // a lock that is free runs the work before it answers, and then there would be no next round to take away
    return this.#lock.acquire(key, () => {
      this.#next.delete(key);
      return work();
    });
  }
}
