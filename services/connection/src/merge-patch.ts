/** An object of JSON, as settings and labels are. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * JSON Merge Patch (RFC 7396, section 2) of one object by another: what is named is set, null takes away, objects are merged, and all else stays.
 * A patch that is null takes everything away.
 */
export function mergePatch(target: JsonObject, patch: JsonObject | null): JsonObject {
  const merged = new Map(Object.entries(patch === null ? {} : target));
  for (const [name, value] of Object.entries(patch ?? {})) {
    if (value === null) merged.delete(name);
    else merged.set(name, isObject(value) ? mergePatch(objectOr(merged.get(name)), value) : value);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOr(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
