import type { Scratch } from '../scratch';

/** What a bench found out. Rates on a shared machine mean little by themselves: compare a figure with the raw limit of its own run. */
export interface Measured {
  readonly figure: number;
  readonly unit: string;
  /** The limit measured in the same run, in the same unit. */
  readonly raw: number;
  /** What else a reader needs to know to trust or repeat it. */
  readonly conditions: Readonly<Record<string, unknown>>;
}

export interface BenchOptions {
  /** How many events; what suits the bench unless told. */
  readonly events?: number;
  readonly rounds?: number;
}

export interface Bench {
  readonly name: string;
  /** What is measured, and what it is compared with: for `--help`. */
  readonly sentence: string;
  /** What it has to reach. */
  readonly bar: string;
  readonly run: (scratch: Scratch, options: BenchOptions) => Promise<Measured>;
}
