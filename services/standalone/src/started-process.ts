import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process of Patchbay's own, started beside this one. It ends by itself when this one is gone. */
export interface StartedProcess {
  readonly pid: number;
  /** Rejects with what it said last when the process ends before it has printed a line that answers `asked`. */
  printed<Answer>(asked: (line: string) => Answer | undefined): Promise<Answer>;
  /** Resolves when the process is gone, however it ended. */
  readonly gone: Promise<void>;
  /** Ends it as a crash would, at once. */
  kill(): Promise<void>;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<void>;
  /** Halts it where it is, its connections open, until `resume`. Windows has nothing like it. */
  pause(): void;
  resume(): void;
}

export interface StartProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Sent to it first, where it takes an order. */
  readonly order?: object;
  /** Options of Node itself; those of this process unless told. */
  readonly execArgv?: readonly string[];
  /** Told every line it prints, of the log and of what went wrong. */
  readonly onLine?: (line: string) => void;
}

/** Runs a compiled module with nothing of our environment but the path to programs. */
export function startProcess(module: string, options: StartProcessOptions = {}): StartedProcess {
  const { env = {}, order, execArgv = process.execArgv, onLine } = options;
  const child = fork(module, {
    env: { ...shownEnvironment(), ...env },
    execArgv: [...execArgv],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = new Output(child, onLine);
  const gone = once(child, 'exit').then(() => undefined); // "close" does not come where the channel was closed from here
  if (order !== undefined) child.send(order);
  if (child.pid === undefined) throw new Error(`${module} could not be started.`);
  return {
    pid: child.pid,
    gone,
    printed: (asked) => output.find(asked),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await gone;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

function shownEnvironment(): Record<string, string> {
  const shown = ['PATH', 'SystemRoot', 'TEMP', 'TMPDIR'].map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(shown.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

/** The newest lines a process printed, and whoever waits for one. */
class Output {
  readonly #lines: string[] = [];
  readonly #waiting = new Set<(line: string | null) => void>();
  #ended = false;

  constructor(
    child: ChildProcess,
    private readonly onLine: (line: string) => void = () => undefined,
  ) {
    for (const stream of [child.stdout, child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#take(line));
    child.once('error', () => this.#end()).once('exit', () => setImmediate(() => this.#end())); // what it said last is still on its way
  }

  find<Answer>(asked: (line: string) => Answer | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const look = (line: string | null): void => {
        const answer = line === null ? undefined : asked(line);
        if (answer === undefined && line !== null) return;
        this.#waiting.delete(look);
        if (answer !== undefined) resolve(answer);
        else reject(new ProcessEnded(this.#lines));
      };
      this.#waiting.add(look);
      for (const line of [...this.#lines, ...(this.#ended ? [null] : [])]) if (this.#waiting.has(look)) look(line);
    });
  }

  #take(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > keptLines) this.#lines.shift();
    this.onLine(line);
    for (const look of [...this.#waiting]) look(line);
  }

  #end(): void {
    this.#ended = true;
    for (const look of [...this.#waiting]) look(null);
  }
}

const keptLines = 100;

/** It was killed, or stopped by itself, before it said what it was waited for to say. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
  constructor(lines: readonly string[]) {
    super(`The process ended. It said last: ${lines.slice(-5).join('\n')}`);
  }
}
