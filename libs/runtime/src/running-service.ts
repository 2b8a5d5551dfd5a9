import type { Registry } from 'prom-client';
import type { ProbeResult } from './health';

/** A service that has started, to whoever started it: its own `main.ts`, or the standalone. */
export interface RunningService {
  /** Where it can be reached, by protocol: `http`, `grpc`. Empty for a service that only follows the log. */
  readonly addresses: Readonly<Record<string, string>>;
  /** What it measures, for whoever runs several services and has one page for all; undefined: nothing. */
  readonly registry?: Registry;
  ready(): Promise<readonly ProbeResult[]>;
  /** Stops accepting, lets what is under way end for at most five seconds, and lets go of everything. */
  stop(): Promise<void>;
}

/** A start that failed for a reason the person who started it can do something about. The message is the whole sentence they read. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
