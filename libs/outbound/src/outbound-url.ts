import { isIP } from 'node:net';
import { domainToUnicode } from 'node:url';
import { OutboundDenied } from './outbound-denied';

/** What the parser would strip, turn around or read unlike the next parser: controls, spaces of every kind, half characters, backslashes. */
const misleading = /[\p{Cc}\p{Cs}\p{Z}\\]/u;

export function isReadAlike(text: string): boolean {
  return !misleading.test(text);
}

/**
 * Reads an absolute http or https URL that every parser reads alike (WHATWG URL, stricter): two slashes, no userinfo, and nothing before the
 * first path slash that looks like userinfo to a simpler parser. Says nothing yet about whether its address may be called.
 * @throws OutboundDenied url_not_allowed, invalid_url, scheme_not_allowed
 */
export function outboundUrlOf(text: string): URL {
  if (!isReadAlike(text)) throw new OutboundDenied('url_not_allowed');
  const url = URL.parse(text);
  if (!url) throw new OutboundDenied('invalid_url');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new OutboundDenied('scheme_not_allowed');
  const authority = /^https?:\/\/([^/]+)/i.exec(text)?.[1];
  if (authority === undefined || authority.includes('@')) throw new OutboundDenied('url_not_allowed');
  if (hasUnreadableLabel(url)) throw new OutboundDenied('invalid_url');
  return url;
}

export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/** The host without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Node's parser lets ASCII labels such as `xn--` pass undecoded (RFC 3492); WHATWG asks for a failure. */
function hasUnreadableLabel(url: URL): boolean {
  return isIP(hostOf(url)) === 0 && /(?:^|\.)xn--/.test(domainToUnicode(url.hostname));
}
