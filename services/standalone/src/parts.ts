interface Part {
  stop(): Promise<void>;
}

/** What was started, to be stopped in reverse. */
export class Parts {
  readonly #parts: Part[] = [];

  constructor(private readonly unwanted: AbortSignal) {}

  /** Takes note of a part, and answers it; throws when what it is a part of is not wanted any more. */
  add<Started extends Part>(part: Started): Started {
    this.#parts.push(part);
    this.unwanted.throwIfAborted();
    return part;
  }

  /** Stops everything, also when one of the parts does not stop as it should; then throws what that one threw. */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      await part.stop().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
