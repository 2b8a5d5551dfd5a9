/** Somewhere this process itself listens or connects to. Nobody's connection may point there. */
export interface Endpoint {
  readonly host: string; // a name or an address, without brackets
  readonly port: number;
}

const defaultPorts: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'postgres:': 5432,
  'postgresql:': 5432,
  'esdb:': 2113,
  'esdb+discover:': 2113,
  'kurrentdb:': 2113,
  'kurrentdb+discover:': 2113,
  'redis:': 6379,
  'rediss:': 6379,
};

/** A configured endpoint cannot be read. Does not quote it: a URL of a database holds a password. */
export class EndpointIsMalformed extends Error {
  override readonly name = 'EndpointIsMalformed';
  constructor() {
    super('an endpoint of this process must be a URL or host:port, several of them joined by commas');
  }
}

/** The endpoints that a setting names: `host:port`, a URL, or several hosts joined by commas as brokers and clusters are written. */
export function endpointsOf(setting: string): Endpoint[] {
  const [, scheme = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*:)\/\/)?(.*)$/is.exec(setting) ?? [];
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  return authority
    .slice(authority.lastIndexOf('@') + 1)
    .split(',')
    .map((text) => endpointOf(text.trim(), defaultPorts[scheme.toLowerCase()]));
}

function endpointOf(text: string, defaultPort: number | undefined): Endpoint {
  const { name, literal, port: written } = /^(?:\[(?<literal>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text)?.groups ?? {};
  const host = literal ?? name;
  const port = written === undefined ? defaultPort : Number(written);
  if (host === undefined || port === undefined) throw new EndpointIsMalformed();
  return { host: host.toLowerCase().replace(/\.$/, ''), port };
}
