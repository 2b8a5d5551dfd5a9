import { eventually } from '#testing';
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const main = resolve(__dirname, '../../../dist/services/standalone/src/main.js');
const tokenCommand = resolve(__dirname, '../../../dist/services/operator/src/token.js');
const startsWithin = 60_000;

/** A standalone as `npm start` runs it, on a free port, and everything it printed. */
export class RunningStandalone {
  #output = '';
  readonly ended: Promise<number | NodeJS.Signals>;

  private constructor(
    readonly process: ChildProcessWithoutNullStreams,
    readonly folder: string,
  ) {
    for (const stream of [process.stdout, process.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.ended = once(process, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  }

  /** Starts it and leaves it alone. */
  static launch(folder: string, environment: Readonly<Record<string, string>> = {}, args: readonly string[] = []): RunningStandalone {
    const env = { PATH: process.env['PATH'], PATCHBAY_DATA: folder, PATCHBAY_HTTP_PORT: '0', PATCHBAY_METRICS_PORT: '0', ...environment };
    return new RunningStandalone(spawn(process.execPath, [main, ...args], { env }), folder);
  }

  /** Starts it and waits until it is ready. */
  static async start(folder: string, environment: Readonly<Record<string, string>> = {}): Promise<RunningStandalone> {
    const standalone = RunningStandalone.launch(folder, environment);
    const died = standalone.ended.then((end) => {
      throw new Error(`It ended with ${end}:\n${standalone.output}`);
    });
    await Promise.race([died, eventually(() => standalone.output.includes('Ctrl-C'), { within: startsWithin })]);
    died.catch(() => undefined);
    return standalone;
  }

  get output(): string {
    return this.#output;
  }

  get url(): string {
    return /^Patchbay is ready: (http:\/\/127\.0\.0\.1:\d+)$/m.exec(this.#output)?.[1] ?? '';
  }

  /** The lines that it says can be pasted. */
  get commands(): readonly string[] {
    return this.#output.split('\n').filter((line) => line.startsWith('curl '));
  }

  get samplePort(): number {
    return Number(/The sample service runs at http:\/\/127\.0\.0\.1:(\d+)/.exec(this.#output)?.[1]);
  }

  /** Null when there is none. */
  async postgresPid(): Promise<number | null> {
    const text = await readFile(join(this.folder, 'postgres', 'data', 'postmaster.pid'), 'utf8').catch(() => null);
    return text === null ? null : Number(text.split('\n')[0]);
  }

  /** Tells it to stop, and answers how it ended and after how long. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ end: number | NodeJS.Signals; afterMs: number }> {
    const asked = performance.now();
    this.process.kill(signal);
    return { end: await this.ended, afterMs: performance.now() - asked };
  }

  /** A call of the API, as the holder of a token that `npm run token` would print. */
  async call(
    method: string,
    path: string,
    { token, body, headers = {} }: { token: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<{ status: number; position: string; body: Answer }> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, position: answer.headers.get('patchbay-position') ?? '', body: (await answer.json()) as Answer };
  }
}

/** A connection, a list of them, or a problem. */
export type Answer = Record<string, unknown> & { items: Record<string, unknown>[] };

/** What `npm run --silent token` prints, and how it ends. */
export function token(folder: string, ...args: string[]): Promise<{ status: number; output: string; sentence: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [tokenCommand, ...args], { env: { PATCHBAY_DATA: folder } }, (error, output, sentence) =>
      resolve({ status: error === null ? 0 : Number(error.code), output: output.trim(), sentence: sentence.trim() }),
    );
  });
}

/** Runs a line as it would be pasted into a shell. */
export function pasted(line: string): Promise<{ output: string; complaint: string }> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', line], (_, output, complaint) => resolve({ output, complaint }));
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
