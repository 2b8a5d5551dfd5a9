import { fieldsOf, type ConnectorDefinition } from '#connectors';
import type { FieldProblem } from '#domain';
import type { AuthType } from '#events';
import type { Secret } from '#secret';
import { z } from 'zod';
import { checkPart } from './field-rules';

/** Credentials held to the fields of their connector, with all that is wrong with them. */
export interface CheckedCredentials {
  /** By field name; null where the auth type has none. */
  readonly values: Readonly<Record<string, string>> | null;
  /** RFC 3339, UTC. */
  readonly expiresAt?: string;
  readonly problems: readonly FieldProblem[];
}

/** When a credential expires, as it is entered: RFC 3339. */
export const ExpiresAt = z.iso.datetime({ offset: true });

/** `entered` is a JSON object: the fields, and `expiresAt`, which is no part of the secret. */
export function checkCredentials(definition: ConnectorDefinition, authType: AuthType, entered: Secret, now: Date): CheckedCredentials {
  const all = JSON.parse(entered.reveal()) as Record<string, unknown>;
  const others = definition.authMethods.flatMap((method) => method.fields);
  const check = (fields: Record<string, unknown>) => checkPart('credentials', fields, fieldsOf(definition, authType) ?? [], others);
  if (authType === 'none') return { values: null, problems: check(all).problems };
  const { expiresAt, ...fields } = all;
  const { values, problems } = check(fields);
  const expiry = checkExpiry(expiresAt, now);
  return {
    values: values as Readonly<Record<string, string>>,
    ...(expiry.value !== undefined && { expiresAt: expiry.value }),
    problems: [...problems, ...(expiry.problems ?? [])],
  };
}

function checkExpiry(entered: unknown, now: Date): { readonly value?: string; readonly problems?: readonly FieldProblem[] } {
  if (entered === undefined || entered === null) return {};
  const problem = (reason: string, message: string): { readonly problems: readonly FieldProblem[] } => ({
    problems: [{ pointer: '/credentials/expiresAt', reason, message }],
  });
  const { data } = ExpiresAt.safeParse(entered);
  if (data === undefined) return problem('pattern', 'When the credential expires is a time as in RFC 3339, such as 2027-01-31T00:00:00Z.');
  const time = new Date(data);
  if (time <= now) return problem('past', 'This credential has expired already.');
  return { value: time.toISOString() };
}
