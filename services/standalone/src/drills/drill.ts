import type { Scratch } from '../scratch';

/** What a drill came to. */
export interface Drilled {
  /** What was counted and timed, in the order a reader wants it. */
  readonly figures: Readonly<Record<string, number | string | null>>;
  /** A sentence for everything that is not as it should be. */
  readonly findings: readonly string[];
}

/** A whole number a drill takes: `--kills 50`. */
export interface DrillCount {
  readonly unlessTold: number;
  readonly sentence: string;
}

/** Something bad that is done to a whole Patchbay on purpose, and what is looked at afterwards. */
export interface Drill<Count extends string = string> {
  readonly name: string;
  /** What is done, and what has to hold afterwards: for `--help`. */
  readonly sentence: string;
  readonly counts: Readonly<Record<Count, DrillCount>>;
  /** Where a smaller form leaves out waiting: which. */
  readonly brief?: string;
  run(scratch: Scratch, counts: Readonly<Record<Count, number>>, mode: DrillMode): Promise<Drilled>;
}

export interface DrillMode {
  readonly brief: boolean;
}
