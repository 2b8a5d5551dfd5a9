import { isNeverCalled, isPublic, type Address } from './address';
import { admits, allowedRangeOf, type AllowedRange } from './allowed-range';
import type { Endpoint } from './own-endpoint';

/** What an address may be called for: https by anybody, https and http because the operator listed it, or not at all. */
export type Verdict = 'public' | 'listed' | 'denied';

/** What the operator decided about outgoing calls. */
export class OutboundPolicy {
  private constructor(
    private readonly ranges: readonly AllowedRange[],
    readonly ownEndpoints: readonly Endpoint[],
  ) {}

  /** @throws RangeIsMalformed for the first item of `allowedCidrs` that is not `cidr[:port]` */
  static from({ allowedCidrs, ownEndpoints }: { allowedCidrs: readonly string[]; ownEndpoints: readonly Endpoint[] }): OutboundPolicy {
    return new OutboundPolicy(allowedCidrs.map(allowedRangeOf), ownEndpoints);
  }

  judge(address: Address, port: number): Verdict {
    if (isNeverCalled(address)) return 'denied';
    if (this.ranges.some((range) => admits(range, address, port))) return 'listed';
    return isPublic(address) ? 'public' : 'denied';
  }
}
