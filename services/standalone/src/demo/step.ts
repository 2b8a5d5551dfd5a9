import { inColour } from './in-colour';
import type { Answer } from './patchbay';

/** The status, and the members of the body that matter, by their paths. Nothing else of an answer is ever printed. */
export interface Expected {
  readonly status: number;
  readonly body?: Readonly<Record<string, string | number | null>>;
}

/** What came is not what the step is to show. */
export class AnsweredOtherwise extends Error {
  override readonly name = 'AnsweredOtherwise';
}

export function isAsExpected(answer: Answer, expected: Expected): boolean {
  return received(answer, expected) === told(expected);
}

/**
 * The line of a step that went as expected.
 * @throws AnsweredOtherwise
 */
export function lineOf(does: string, answer: Answer, expected: Expected): string {
  if (isAsExpected(answer, expected)) return `${inColour('green', '✓')} ${does} ${inColour('dim', '→')} ${told(expected)}`;
  throw new AnsweredOtherwise(`✗ ${does}\n    expected: ${told(expected)}\n    received: ${received(answer, expected)}`);
}

function told({ status, body = {} }: Expected): string {
  return [String(status), ...Object.entries(body).map(([path, value]) => `${path} ${JSON.stringify(value)}`)].join(', ');
}

/** With the reason of a problem, where none was expected: it is the first thing anybody would ask for. */
function received({ status, body }: Answer, expected: Expected): string {
  const paths = Object.keys(expected.body ?? {});
  if (status !== expected.status && !paths.includes('reason') && memberAt(body, 'reason') !== undefined) paths.push('reason');
  const members = paths.map((path) => [path, memberAt(body, path)] as const);
  return [String(status), ...members.map(([path, value]) => `${path} ${value === undefined ? 'is missing' : JSON.stringify(value)}`)].join(
    ', ',
  );
}

export function memberAt(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], body);
}
