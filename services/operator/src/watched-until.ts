import { setTimeout as pause } from 'node:timers/promises';

const lookEachMs = 250;
const tellElsewhereEachMs = 2_000;

export interface Watching<Seen> {
  readonly look: () => Promise<Seen>;
  readonly hasEnded: (seen: Seen) => boolean;
  /** What to tell of it while it has not ended. */
  readonly line: (seen: Seen) => string;
}

/** Looks until it has ended, and answers what it saw last: on a terminal told in one line that is written over, elsewhere in a line now and then. */
export async function watchedUntil<Seen>({ look, hasEnded, line }: Watching<Seen>): Promise<Seen> {
  const { isTTY } = process.stderr;
  let told = -Infinity;
  for (;;) {
    const seen = await look();
    if (hasEnded(seen)) {
      if (isTTY) process.stderr.write('\r\u001b[K');
      return seen;
    }
    const text = line(seen);
    if (isTTY || performance.now() - told > tellElsewhereEachMs) {
      process.stderr.write(isTTY ? `\r${text}\u001b[K` : `${text}\n`);
      told = performance.now();
    }
    await pause(lookEachMs);
  }
}
