import { BrokenCircuitError, circuitBreaker, handleWhen, type CircuitBreakerPolicy, type IBreaker } from 'cockatiel';
import { AppendIsDenied, LogIsUnavailable, OutcomeUnknown } from './event-store-errors';

export interface ReachabilityOptions {
  /** How long a call may take. When one failed and none succeeded for half as long, the log counts as away. */
  readonly callTimeoutMs: number;
  /** Told when the log is found to be away, and each time that it was asked and still is. */
  readonly onAway: () => void;
}

/** Who asks while the log is away is told so at once; after so long, one may try. In ms. */
const askedAgainAfter = 250;

/**
 * Whether the log is there, as far as calls have shown. While it is away one call at a time finds out whether it is back; the others are not
 * left to wait for what cannot come, so a command that needs several calls, and commands that wait for one another, end as soon as one does.
 */
export class Reachability {
  readonly #circuit: CircuitBreakerPolicy;

  constructor({ callTimeoutMs, onAway }: ReachabilityOptions) {
    this.#circuit = circuitBreaker(handleWhen(isSilence), {
      halfOpenAfter: askedAgainAfter,
      breaker: new Silence(callTimeoutMs / 2),
    });
    this.#circuit.onBreak(onAway);
  }

  /** Runs a call, or throws `LogIsUnavailable` at once. A call must not be run within another: it could wait for itself. */
  async call<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#circuit.execute(run);
    } catch (error) {
      throw error instanceof BrokenCircuitError ? new LogIsUnavailable('the log is away', { cause: error }) : error;
    }
  }
}

/** A log that denies an append answers. */
function isSilence(error: Error): boolean {
  return error instanceof OutcomeUnknown || (error instanceof LogIsUnavailable && !(error instanceof AppendIsDenied));
}

/** One failure among successes is that call's own, and the log is not away for it. */
class Silence implements IBreaker {
  /** When a call succeeded last. */
  state = -Infinity;

  constructor(private readonly ms: number) {}

  success(): void {
    this.state = performance.now();
  }

  failure(): boolean {
    return performance.now() - this.state >= this.ms;
  }
}
