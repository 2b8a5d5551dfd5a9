import type { BodyRule } from '#connectors';
import { valueAt, type JsonAnswer } from './json-answer';

/** Whether a JSON answer says what the rule asks for. */
export function passes(answer: JsonAnswer, { path, present, absent, is, equals, startsWith, contains }: BodyRule): boolean {
  const value = valueAt(answer, path);
  const there = value !== undefined && value !== null;
  if (present) return there;
  if (absent) return answer !== undefined && !there;
  if (is !== undefined) return there && typeof value === 'object' && Array.isArray(value) === (is === 'array');
  if (equals !== undefined) return value === equals;
  if (startsWith !== undefined) return typeof value === 'string' && value.startsWith(startsWith);
  return (typeof value === 'string' || Array.isArray(value)) && value.includes(contains ?? '');
}
