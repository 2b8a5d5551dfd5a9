import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { OutboundFailed } from './outbound-failed';
import { whenAborted } from './when-aborted';

const atOnce = 4;
const waiting = 20;

/** One service that answers slowly must not hold the calls to all others: per host, a few calls at once and a few that wait. */
export class HostBulkheads {
  private readonly hosts = new Map<string, { readonly calls: ReturnType<typeof bulkhead>; inside: number }>();

  /**
   * @throws OutboundFailed no_answer_in_time: the host is so slow that enough calls wait for it already
   * @throws the reason of `signal`, also while the call waits
   */
  async run<Result>(host: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const entered = this.hosts.get(host) ?? { calls: bulkhead(atOnce, waiting), inside: 0 };
    this.hosts.set(host, entered);
    entered.inside++;
    const call = entered.calls.execute(work, signal).finally(() => {
      if (--entered.inside === 0) this.hosts.delete(host);
    });
    try {
      return await Promise.race([whenAborted(signal), call]);
    } catch (error) {
      throw error instanceof BulkheadRejectedError ? new OutboundFailed('no_answer_in_time') : error;
    }
  }
}
