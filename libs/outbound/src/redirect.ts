import type { IncomingHttpHeaders } from 'node:http';
import { OutboundDenied } from './outbound-denied';
import { isReadAlike } from './outbound-url';

const redirects = new Set([301, 302, 303, 307, 308]); // RFC 9110; a `Refresh` header is no redirect

/**
 * Where an answer sends the request on; undefined when it is the last. Redirects never leave the origin, so that the credential never does.
 * `visited` are the URLs asked so far, the newest last.
 * @throws OutboundDenied redirect_not_allowed: another origin, a loop, too many, or a request that is not to be repeated
 */
export function nextHop(
  { status, headers }: { status: number; headers: IncomingHttpHeaders },
  method: string,
  visited: readonly string[],
  limit: number,
): string | undefined {
  if (method !== 'GET' && method !== 'HEAD' && status >= 300 && status <= 399) throw new OutboundDenied('redirect_not_allowed');
  const { location } = headers;
  if (!redirects.has(status) || location === undefined) return undefined;

  const here = visited.at(-1) ?? '';
  const next = isReadAlike(location) ? URL.parse(location, here) : null;
  if (!next || next.origin !== new URL(here).origin) throw new OutboundDenied('redirect_not_allowed');
  next.hash = '';
  if (visited.includes(next.href) || visited.length > limit) throw new OutboundDenied('redirect_not_allowed');
  return next.href;
}
