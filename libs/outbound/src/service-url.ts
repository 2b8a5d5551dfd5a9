import type { ConnectorDefinition } from '#connectors';
import { enteredSettings, type Settings } from './entered-values';
import { fill } from './fill';
import { OutboundDenied } from './outbound-denied';
import { outboundUrlOf, portOf } from './outbound-url';

export interface ServicePlace {
  readonly serviceUrl?: string | undefined;
  readonly settings: Settings;
}

/** A setting filled into an address names a part of it, and nothing that could begin another part. */
function addressPart(value: string): string {
  if (!/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(value)) throw new OutboundDenied('url_not_allowed');
  return value;
}

/** Where the service of a connection is; null when it has none. Whether that may be called is the guard's matter. @throws OutboundDenied */
export function serviceUrlOf(definition: ConnectorDefinition, { serviceUrl, settings }: ServicePlace): URL | null {
  const place = definition.serviceUrl;
  if ('none' in place) return null;
  if ('fixed' in place) return outboundUrlOf(fill(place.fixed, enteredSettings(definition, settings), addressPart));
  return serviceUrl === undefined ? null : outboundUrlOf(serviceUrl);
}

/**
 * The origin that a credential of this connection is bound to, as `scheme://host:port`, the port always written; null when it goes nowhere.
 * @throws OutboundDenied invalid_url, url_not_allowed, scheme_not_allowed
 */
export function originOf(definition: ConnectorDefinition, place: ServicePlace): string | null {
  const url = serviceUrlOf(definition, place);
  return url && `${url.protocol}//${url.hostname}:${portOf(url)}`;
}
