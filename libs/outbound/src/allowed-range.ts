import { addressOf, isLoopback, loopback, within, type Address, type Range } from './address';

/** A range that an operator admits, on one port or on all. */
export interface AllowedRange {
  readonly range: Range;
  readonly port: number | null;
}

/** One item of OUTBOUND_ALLOWED_CIDRS cannot be read. Names the item and what it should look like. */
export class RangeIsMalformed extends Error {
  override readonly name = 'RangeIsMalformed';
  constructor(item: string) {
    super(
      `OUTBOUND_ALLOWED_CIDRS: "${item}" is not a range; write an address, "/" and a prefix length, and the port if it is only one: ` +
        '10.20.0.0/16, 127.0.0.1/32:8081, fd12:3456::/32 or [fd12:3456::/32]:8443',
    );
  }
}

const shapes = [
  /^(?<address>[0-9.]+)\/(?<bits>\d{1,2})(?::(?<port>\d{1,5}))?$/,
  /^\[(?<address>[0-9a-f:.]+)\/(?<bits>\d{1,3})\](?::(?<port>\d{1,5}))?$/i,
];
const bareIPv6 = /^(?<address>[0-9a-f:.]*:[0-9a-f:.]*)\/(?<bits>\d{1,3})$/i;

/** Reads `cidr[:port]`; IPv6 with a port stands in brackets. */
export function allowedRangeOf(item: string): AllowedRange {
  const parts = [...shapes, bareIPv6].map((shape) => shape.exec(item)?.groups).find((groups) => groups !== undefined);
  const base = addressOf(parts?.['address'] ?? '');
  if (!parts || !base) throw new RangeIsMalformed(item);
  const bits = Number(parts['bits']);
  const port = parts['port'] === undefined ? null : Number(parts['port']);
  if (bits > (base.kind() === 'ipv4' ? 32 : 128) || port === 0 || (port ?? 0) > 65_535) throw new RangeIsMalformed(item);
  return { range: [base, bits], port };
}

/** Loopback is admitted only by who means it: 0.0.0.0/0 does not open the machine itself. */
export function admits({ range, port }: AllowedRange, address: Address, targetPort: number): boolean {
  if (port !== null && port !== targetPort) return false;
  if (!within(address, range)) return false;
  const [base, bits] = range;
  return !isLoopback(address) || loopback.some(([start, length]) => bits >= length && within(base, [start, length]));
}
