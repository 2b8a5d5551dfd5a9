import type { Scratch } from '../scratch';
import { adminToken, startStandaloneProcess, type StandaloneProcess, type StandaloneProcessOptions } from '../standalone-process';

/** The standalone as people start it, in a process that is killed again and again and each time started on the same data. */
export class CrashingPatchbay {
  #process: StandaloneProcess | null = null;
  #isUp = false;
  /** Settled while it is up, or when it ended by itself; whoever waits meanwhile waits through all kills. */
  #up = Promise.withResolvers<undefined>();
  #token: string | null = null;

  constructor(
    { parts }: Scratch,
    private readonly options: StandaloneProcessOptions,
  ) {
    this.#up.promise.catch(() => undefined);
    parts.add({ stop: async () => this.#process?.stop() });
  }

  get url(): string {
    return `http://127.0.0.1:${this.options.httpPort}`;
  }

  /** Resolves once it answers, at once where it does; rejects when it ended although nobody killed it. */
  async untilUp(): Promise<void> {
    await this.#up.promise;
  }

  start(): void {
    const process = startStandaloneProcess(this.options);
    this.#process = process;
    process.ready.then(
      () => this.#process === process && this.#answers(),
      (error: unknown) => this.#process === process && this.#up.reject(error),
    );
  }

  /** As `kill -9`: nothing of it is told beforehand, and nothing of it runs afterwards. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = null;
    if (this.#isUp) {
      this.#isUp = false;
      this.#up = Promise.withResolvers();
      this.#up.promise.catch(() => undefined);
    }
    await process?.kill();
  }

  /** Where the log is, of the process that runs now. */
  async eventStoreUrl(): Promise<string> {
    if (!this.#process) throw new Error('Patchbay does not run.');
    return this.#process.eventStoreUrl();
  }

  /** The issuer's key outlives every crash, so one is enough. */
  async token(): Promise<string> {
    this.#token ??= await adminToken(this.options.dataFolder);
    return this.#token;
  }

  #answers(): void {
    this.#isUp = true;
    this.#up.resolve(undefined);
  }
}
