/** A JSON answer of a service, untrusted. Undefined: there is none, or it is not JSON. */
export type JsonAnswer = unknown;

export function jsonAnswerOf(body: Buffer): JsonAnswer {
  try {
    return JSON.parse(body.toString('utf8')) as JsonAnswer;
  } catch {
    return undefined;
  }
}

/** Follows member names and array positions joined by dots; empty is the answer itself. Undefined when there is nothing. */
export function valueAt(answer: JsonAnswer, path: string): unknown {
  const steps = path === '' ? [] : path.split('.');
  return steps.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined,
    answer,
  );
}
