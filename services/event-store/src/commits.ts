/**
 * Tells readers that wait at the end of the log, or of a stream, that there is more. It carries no events: what is read is always what
 * is stored, so there is no seam between catching up and following.
 */
export class Commits {
  readonly #watches = new Set<CommitWatch>();
  readonly #listeners: ((streams: ReadonlySet<string> | null) => void)[] = [];

  /** `streams`: those that grew; null when that is not known, for instance after the connection to the database was lost. */
  announce(streams: ReadonlySet<string> | null): void {
    for (const listener of this.#listeners) listener(streams);
    for (const watch of this.#watches) watch.notice(streams);
  }

  /** Calls the listener with every announcement, before the appends it is about are answered. */
  listen(listener: (streams: ReadonlySet<string> | null) => void): void {
    this.#listeners.push(listener);
  }

  /** `stream`: the one to wait for; null: the whole log. Begin to watch before reading, or a commit in between goes unnoticed. */
  watch(stream: string | null): CommitWatch {
    const watch = new CommitWatch(stream, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }
}

export class CommitWatch {
  #grew = false;
  #wake: (() => void) | null = null;

  constructor(
    private readonly stream: string | null,
    /** Stops watching. */
    readonly close: () => void,
  ) {}

  notice(streams: ReadonlySet<string> | null): void {
    if (this.stream !== null && streams?.has(this.stream) === false) return;
    this.#grew = true;
    this.#wake?.();
  }

  /** Resolves once there was a commit since the last call, or since watching began. Rejects with the signal's reason. */
  async next(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#grew) await this.#sleep(signal);
    signal.throwIfAborted();
    this.#grew = false;
  }

  async #sleep(signal: AbortSignal): Promise<void> {
    const woken: PromiseWithResolvers<void> = Promise.withResolvers();
    const wake = (): void => woken.resolve();
    this.#wake = wake;
    signal.addEventListener('abort', wake);
    await woken.promise;
    signal.removeEventListener('abort', wake); // a subscription sleeps once for every commit
    this.#wake = null;
  }
}
