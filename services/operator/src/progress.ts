import { lasting } from './lasting';

/** Where progress is told; `process.stderr` is one. */
export interface Watched {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const lookEach = 1_000;
const onTerminalEachMs = 200;
const elsewhereEachMs = 5_000;

/** Tells whoever waits how far reading a log is: on a terminal in one line that is written over, elsewhere in a line now and then. */
export class Progress {
  readonly #started: number;
  #doing = '';
  #all = 0n;
  #began = 0;
  #events = 0;
  #told: number;

  constructor(
    private readonly watched: Watched,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#started = now();
    this.#told = this.#started;
  }

  /** Since it was made. */
  get seconds(): number {
    return (this.now() - this.#started) / 1_000;
  }

  /** From here on this is done, up to a position in the log. */
  begin(doing: string, all: bigint): void {
    this.#doing = doing;
    this.#all = all;
    this.#began = this.now();
    this.#events = 0;
  }

  /** One more event was dealt with, the one at the position. */
  step(position: bigint): void {
    this.#events += 1;
    if (this.#events % lookEach !== 0) return;
    const now = this.now();
    if (now - this.#told < (this.watched.isTTY ? onTerminalEachMs : elsewhereEachMs)) return;
    this.#told = now;
    this.#tell(this.#line((now - this.#began) / 1_000, Math.min(Number(position) / Number(this.#all), 1)));
  }

  /** Takes the line away that is written over. */
  clear(): void {
    if (this.watched.isTTY) this.watched.write('\r\u001b[K');
  }

  #line(seconds: number, part: number): string {
    const perSecond = Math.round(this.#events / seconds);
    const left = lasting(Math.ceil((seconds * (1 - part)) / part));
    const [events, rate] = [this.#events, perSecond].map((count) => count.toLocaleString('en'));
    return `${this.#doing}: ${events} events, ${(part * 100).toFixed(1)} %, ${rate} events/s, ${left} left`;
  }

  #tell(line: string): void {
    this.watched.write(this.watched.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
  }
}
