import type { Field } from '#connectors';

/**
 * What may be shown of a credential: the public beginning that its connector declares, as `sk_live_…`. Of several fields the first that has
 * one; of several beginnings the longest. Nothing that is not declared is shown, and never the end.
 */
export function publicPrefix(fields: readonly Field[], credentials: Readonly<Record<string, string>>): string | undefined {
  for (const { name, in: part, prefixes = [] } of fields) {
    const value = credentials[name];
    if (part !== 'credentials' || value === undefined) continue;
    const fitting = prefixes.filter((prefix) => value.startsWith(prefix) && value.length > prefix.length);
    const longest = fitting.sort((one, other) => other.length - one.length)[0];
    if (longest !== undefined) return `${longest}…`;
  }
  return undefined;
}
