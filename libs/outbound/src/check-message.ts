import type { HttpCheck } from '#connectors';
import type { Settings, Values } from './entered-values';
import { fill } from './fill';
import type { OutboundRequest } from './guarded-http';
import type { Material } from './material-of';
import { OutboundDenied } from './outbound-denied';
import { extraHeaders, requestHeaders } from './request-headers';

/**
 * The request that a check describes, carrying the credential.
 * @throws HeaderIsNotAllowed
 * @throws OutboundDenied url_not_allowed: the path does not stay at the service
 */
export function checkMessage(
  check: HttpCheck,
  service: URL,
  values: Values,
  settings: Settings,
  material: Material,
): Omit<OutboundRequest, 'signal'> {
  const placed = material.kind === 'headers' ? material.headers : {};
  const extra = check.headersFrom === undefined ? {} : settings[check.headersFrom];
  return {
    method: check.method,
    url: urlOf(check, service, values),
    headers: merged(
      { accept: 'application/json', 'user-agent': 'Patchbay', ...(check.body !== undefined && { 'content-type': 'application/json' }) },
      extraHeaders(typeof extra === 'object' ? extra : {}, placed),
      requestHeaders(filled(check.headers, values)),
      placed,
    ),
    query: { ...filled(check.query, values), ...(material.kind === 'query' && material.query) },
    ...(check.body !== undefined && { body: JSON.stringify(check.body) }),
    followRedirects: check.followRedirects,
  };
}

/** The check's path behind the service URL's own; wherever it came from, it does not lead to another origin. */
function urlOf({ path }: HttpCheck, service: URL, values: Values): string {
  const wanted = typeof path === 'string' ? fill(path, values, encodeURIComponent) : (values.get(path.setting) ?? '');
  if (wanted === '') return service.href;
  if (!wanted.startsWith('/')) throw new OutboundDenied('url_not_allowed'); // `@elsewhere` or `.elsewhere` would go on with the host
  return service.origin + service.pathname.replace(/\/$/, '') + wanted;
}

function filled(templates: Readonly<Record<string, string>> = {}, values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(templates).map(([name, value]) => [name, fill(value, values)]));
}

/** Later headers replace earlier ones, whatever their case. */
function merged(...groups: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const headers = groups.flatMap((group) => Object.entries(group));
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}
