/** A header cannot be sent as it was entered. Names the header, never its value. */
export class HeaderIsNotAllowed extends Error {
  override readonly name = 'HeaderIsNotAllowed';
  constructor(
    readonly header: string,
    readonly reason: 'name' | 'value' | 'transport' | 'credential',
  ) {
    super(`the header "${header.slice(0, 64)}" cannot be sent: ${reason}`);
  }
}

/** Which message goes where, where it ends and how it is encoded is the client's to say (RFC 9110, RFC 9112); so is a proxy's business. */
const transport = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'expect',
  'accept-encoding',
]);

const credential = new Set(['authorization', 'cookie']);

/** Headers that a definition or a credential sets. @throws HeaderIsNotAllowed */
export function requestHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw new HeaderIsNotAllowed(name, 'name');
    if (transport.has(name.toLowerCase())) throw new HeaderIsNotAllowed(name, 'transport');
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new HeaderIsNotAllowed(name, 'value'); // no line ends: they would begin another header
  }
  return { ...headers };
}

/** Headers from settings, which are not secret: they carry no credential and replace none. @throws HeaderIsNotAllowed */
export function extraHeaders(
  headers: Readonly<Record<string, string>>,
  material: Readonly<Record<string, string>>,
): Record<string, string> {
  const taken = new Set(Object.keys(material).map((name) => name.toLowerCase()));
  for (const name of Object.keys(headers)) {
    if (credential.has(name.toLowerCase()) || taken.has(name.toLowerCase())) throw new HeaderIsNotAllowed(name, 'credential');
  }
  return requestHeaders(headers);
}
