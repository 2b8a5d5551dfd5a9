import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { startProcess, type StartedProcess } from '../started-process';

export interface ServiceProcessOptions {
  /** The room: `services/<name>/src/main.ts` is what runs. */
  readonly name: 'connection' | 'projections' | 'event-store';
  /** Everything it is told. URLs hold passwords, so nothing of it is ever on a command line. */
  readonly env: Readonly<Record<string, string>>;
  /** Where `/readyz` is answered; none where nobody answers it. */
  readonly healthUrl?: string;
  /** Where `/metrics` is answered. */
  readonly metricsUrl?: string;
}

/** What `/readyz` said. */
export interface ReadyAnswer {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly up: boolean; readonly detail?: string }[];
}

const answersWithinMs = 5_000;
const lookEachMs = 50;

/** What a process prints when an error reached nobody: `runProcess` says it one way, Node the other. */
const uncaught = /nobody caught|unhandled|uncaught/i;

/** One service of Patchbay in a process of its own, as production runs it. It can be started again, at the same address. */
export class ServiceProcess {
  /** A sentence for every end that nobody asked for and every error that nobody caught. */
  readonly complaints: string[] = [];
  #process: StartedProcess | null = null;

  constructor(private readonly options: ServiceProcessOptions) {}

  start(): void {
    const { name, env } = this.options;
    const started = startProcess(join(__dirname, '..', '..', '..', name, 'src', 'main.js'), { env, onLine: (line) => this.#read(line) });
    this.#process = started;
    const never = (): undefined => undefined;
    started.printed(never).catch((ended: unknown) => {
      if (this.#process === started) this.complaints.push(`${name} ended although nobody asked it to. ${String(ended)}`);
    });
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    await this.#taken()?.kill();
  }

  /** As SIGTERM: it ends what it is at. Safe to call when it does not run. */
  async stop(): Promise<void> {
    const process = this.#taken();
    process?.resume();
    await process?.stop();
  }

  /** Halts it where it is, its connections open, until `resume`. Windows has nothing like it. */
  pause(): void {
    this.#process?.pause();
  }

  resume(): void {
    this.#process?.resume();
  }

  /** What its log says, by the first line that answers; rejects when it ended before. */
  async printed<Answer>(asked: (line: string) => Answer | undefined): Promise<Answer> {
    if (!this.#process) throw new Error(`${this.options.name} does not run.`);
    return this.#process.printed(asked);
  }

  /** Null when there was no answer. */
  async readiness(): Promise<ReadyAnswer | null> {
    const answer = await this.#get(`${this.options.healthUrl}/readyz`);
    return answer && { ready: answer.ok, checks: ((await answer.json()) as ReadyAnswer).checks };
  }

  /** @throws when it is not ready in time, with what is missing */
  async untilReady(unwanted: AbortSignal, withinMs = 30_000): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const answer = await this.readiness();
      if (answer?.ready) return;
      if (this.complaints.length > 0) throw new Error(this.complaints.join('\n'));
      if (performance.now() > deadline) throw new Error(`${this.options.name} did not get ready: ${JSON.stringify(answer)}`);
      await pause(lookEachMs, undefined, { signal: unwanted });
    }
  }

  /** The value of a metric: of its first series, or of the one that has all of `labels`; null where there is none. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | null> {
    const answer = await this.#get(`${this.options.metricsUrl}/metrics`);
    const lines = answer ? (await answer.text()).split('\n') : [];
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const line = lines.find((text) => /^\w+/.exec(text)?.[0] === name && wanted.every((label) => text.includes(label)));
    return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ')));
  }

  #taken(): StartedProcess | null {
    const process = this.#process;
    this.#process = null;
    return process;
  }

  #read(line: string): void {
    if (uncaught.test(line)) this.complaints.push(`${this.options.name} said: ${line}`);
  }

  async #get(url: string): Promise<Response | null> {
    return fetch(url, { signal: AbortSignal.timeout(answersWithinMs) }).catch(() => null);
  }
}
