/**
 * Top-level names that do not lead into the public tree: IANA's special-use names (RFC 6761, 6762, 7686, 8375, 9476 and others)
 * and `.internal`, which ICANN keeps for private use. Nothing that people connect to lives under `.arpa`.
 */
const specialTopLevels = new Set(['alt', 'arpa', 'example', 'internal', 'invalid', 'local', 'localhost', 'onion', 'test']);

const maxNameLength = 253; // RFC 1035, without the final dot

/** Whether a host name is one that a search domain, a hosts file or a local resolver may turn into anything: single labels and special-use names. Malformed names count, too. */
export function isSpecialName(host: string): boolean {
  const labels = host.replace(/\.$/, '').split('.');
  const [topLevel = ''] = labels.slice(-1);
  return labels.length < 2 || labels.includes('') || host.length > maxNameLength + 1 || specialTopLevels.has(topLevel.toLowerCase());
}
