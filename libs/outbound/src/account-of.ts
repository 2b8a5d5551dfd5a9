import type { HttpCheck } from '#connectors';
import type { Values } from './entered-values';
import { valueAt, type JsonAnswer } from './json-answer';

/** Whom a service takes the credential for. Personal data: it never enters the log. */
export interface Account {
  readonly id?: string;
  readonly label?: string;
}

const maxLength = 256;

/** Control characters and lone surrogates: no account has them, and no database takes all of them. */
const unprintable = /[\p{Cc}\p{Cs}]/u;

/**
 * Reads the account out of an accepted answer; undefined when the answer names none. A service that echoes the credential where the account
 * should be names none either: accounts are stored and shown in clear.
 */
export function accountOf(
  sources: HttpCheck['account'],
  answer: JsonAnswer,
  values: Values,
  carriesSecret: (text: string) => boolean,
): Account | undefined {
  const read = (source: NonNullable<HttpCheck['account']>['id']): string | undefined => {
    const path = typeof source === 'object' ? values.get(source.setting) : source;
    const text = path === undefined ? undefined : textOf(valueAt(answer, path));
    return text === undefined || carriesSecret(text) ? undefined : text;
  };
  const id = read(sources?.id);
  const label = read(sources?.label);
  if (id === undefined && label === undefined) return undefined;
  return { ...(id !== undefined && { id }), ...(label !== undefined && { label }) };
}

/** Strings and numbers only. A number that JavaScript cannot hold exactly is none: two accounts must not become one. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
  return typeof value === 'string' && value !== '' && value.length <= maxLength && !unprintable.test(value) ? value : undefined;
}
