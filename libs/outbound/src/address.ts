import { isIP } from 'node:net';
import { parse, type IPv4, type IPv6 } from 'ipaddr.js';

export type Address = IPv4 | IPv6;
export type Range = readonly [Address, number];

/** An address in its canonical spelling; undefined for everything else. `ipaddr.js` alone would read `010.1` as 8.0.0.1. */
export function addressOf(text: string): Address | undefined {
  return isIP(text) === 0 ? undefined : parse(text);
}

export function within(address: Address, [base, bits]: Range): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}

const range = (base: string, bits: number): Range => [parse(base), bits];
const inAny = (address: Address, ranges: readonly Range[]): boolean => ranges.some((one) => within(address, one));

export const loopback: readonly Range[] = [range('127.0.0.0', 8), range('::1', 128)];

export function isLoopback(address: Address): boolean {
  return inAny(address, loopback);
}

/**
 * What no operator's range admits: addresses that stand for another one, reach the machine itself, many machines at once,
 * or the credentials of the cloud it runs in. Clouds put metadata anywhere in 169.254.0.0/16, so all of it is out.
 */
const never: readonly Range[] = [
  range('0.0.0.0', 8), // this host: Linux connects it to loopback
  range('169.254.0.0', 16), // link-local: metadata and credentials of AWS, Azure, GCP, Oracle, Tencent, Scaleway
  range('100.100.100.200', 32), // metadata, Alibaba Cloud
  range('168.63.129.16', 32), // wire server, Azure: a public address
  range('192.0.0.192', 32), // metadata, Oracle Cloud classic
  range('224.0.0.0', 4), // multicast
  range('255.255.255.255', 32), // broadcast
  range('::', 128), // this host
  range('fe80::', 10), // link-local
  range('fd00:ec2::', 32), // metadata, DNS, time and pod credentials, AWS
  range('fd20:ce::254', 128), // metadata, GCP
  range('fd00:42::42', 128), // metadata, Scaleway
  range('ff00::', 8), // multicast
];

/** IPv6 addresses that carry an IPv4 address: whoever judges one by its IPv6 half lets the other half through. */
const embedding: readonly Range[] = [
  range('::ffff:0:0', 96), // IPv4-mapped (RFC 4291)
  range('::ffff:0:0:0', 96), // IPv4-translated (RFC 2765)
  range('64:ff9b::', 96), // NAT64 (RFC 6052)
  range('64:ff9b:1::', 48), // NAT64 (RFC 8215)
  range('2001::', 32), // Teredo (RFC 4380)
  range('2002::', 16), // 6to4 (RFC 3056)
];
const compatible = range('::', 96); // IPv4-compatible (RFC 4291), beside :: and ::1

/** The interface identifier 0000:5efe or 0200:5efe and an IPv4 address, behind any prefix (RFC 5214). */
function isIsatap(address: IPv6): boolean {
  const [high, low] = address.parts.slice(4);
  return low === 0x5efe && (high === 0 || high === 0x200);
}

export function isNeverCalled(address: Address): boolean {
  if (inAny(address, never) || inAny(address, embedding)) return true;
  if (address.kind() === 'ipv4') return false;
  return (within(address, compatible) && !isLoopback(address)) || isIsatap(address as IPv6) || (address as IPv6).zoneId !== undefined;
}

const globalUnicast = range('2000::', 3); // all that IANA has handed out of IPv6

/** Reachable by anybody in the public internet: not in IANA's registries of special-purpose addresses, nor one that is never called. */
export function isPublic(address: Address): boolean {
  return !isNeverCalled(address) && address.range() === 'unicast' && (address.kind() === 'ipv4' || within(address, globalUnicast));
}
