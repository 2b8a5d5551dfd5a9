/**
 * Work for many, each in a line of its own: one that is slow holds up nobody but itself. So many lines move at once, and whoever has waited longest is
 * next.
 */
export class Lines<Key> {
  readonly #waiting = new Set<Key>();
  readonly #moving = new Map<Key, Promise<void>>();

  /** `turn` does some of what waits in a line and must not reject; what it leaves is for the next turn. */
  constructor(
    private readonly atOnce: number,
    private readonly turn: (key: Key) => Promise<void>,
  ) {}

  /** Gives each a turn that neither has one nor waits for one. */
  open(keys: readonly Key[]): void {
    for (const key of keys) if (!this.#moving.has(key)) this.#waiting.add(key);
    this.#move();
  }

  /** Gives nobody a turn any more, and resolves when those under way are over. */
  async close(): Promise<void> {
    this.#waiting.clear();
    await Promise.all(this.#moving.values());
  }

  #move(): void {
    for (const key of this.#waiting) {
      if (this.#moving.size >= this.atOnce) return;
      this.#waiting.delete(key);
      const over = this.turn(key).finally(() => {
        this.#moving.delete(key);
        this.#move();
      });
      this.#moving.set(key, over);
    }
  }
}
