import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Parts } from './parts';

/** A place of its own for a program that starts whole servers: nothing of it is left when the program ends. */
export interface Scratch {
  /** Empty, and removed in the end. */
  readonly folder: string;
  /** What is stopped in the end, the last one first. */
  readonly parts: Parts;
  /** Aborts when the program is to end before it is through. */
  readonly unwanted: AbortSignal;
  /** Tells whoever waits how far it is: standard output belongs to the result. */
  readonly say: (line: string) => void;
}

const sameRequestMs = 1_000;

/**
 * Runs a program in a folder for temporary files, and ends the process with the code it answers. Ctrl-C, SIGTERM and the loss of its
 * parent end it early, with 130; also then everything it started is stopped and the folder is removed.
 */
export function runInScratch(program: (scratch: Scratch) => Promise<number>): void {
  const interruption = new AbortController();
  const unwanted = interruption.signal;
  listenForTheEnd(interruption);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const settle = async (): Promise<number> => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-scratch-'));
    const parts = new Parts(unwanted);
    try {
      return await program({ folder, parts, unwanted, say });
    } finally {
      await parts.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  };
  settle().then(
    (code) => process.exit(code),
    (error: unknown) => {
      if (!unwanted.aborted) say(error instanceof Error ? (error.stack ?? error.message) : String(error));
      process.exit(unwanted.aborted ? 130 : 1);
    },
  );
}

function listenForTheEnd(interruption: AbortController): void {
  let since: number | undefined;
  const end = (): void => {
    // A terminal sends Ctrl-C to every process of its group, and those above us pass it on: that is one request. A later one is meant.
    if (since !== undefined && performance.now() - since > sameRequestMs) process.exit(130);
    since ??= performance.now();
    interruption.abort(new Error('It was interrupted.'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  if (process.connected) process.on('disconnect', end);
}
