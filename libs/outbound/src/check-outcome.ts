import type { BodyRule, HttpCheck } from '#connectors';
import { accountOf, type Account } from './account-of';
import type { Values } from './entered-values';
import type { OutboundAnswer } from './guarded-http';
import { jsonAnswerOf, type JsonAnswer } from './json-answer';
import type { FailureCode } from './outbound-failed';
import { passes } from './passes';

/** What a service said to a credential, in codes: its own words stay unseen. */
export type HttpVerificationOutcome =
  | { readonly accepted: true; readonly latencyMs: number; readonly limited?: true; readonly account?: Account }
  | {
      readonly accepted: false;
      readonly category: 'unauthorized' | 'forbidden' | 'unreachable' | 'timeout' | 'tls' | 'blocked' | 'unexpected';
      readonly httpStatus?: number;
      readonly detail: HttpVerificationDetail;
    };

export interface HttpVerificationDetail {
  readonly code:
    | FailureCode
    | 'service_refused_credentials'
    | 'service_denied_access'
    | 'address_not_allowed'
    | 'redirect_not_allowed'
    | 'unexpected_status';
  readonly httpStatus?: number;
  /** The name of the body rule that failed, from the definition. */
  readonly rule?: string;
}

/** Reads an answer as the check says. `carriesSecret` tells texts that must not be kept as an account. */
export function checkOutcome(
  { statuses, rules, account: sources }: HttpCheck,
  { status, body, latencyMs }: OutboundAnswer,
  values: Values,
  carriesSecret: (text: string) => boolean,
): HttpVerificationOutcome {
  const answer = jsonAnswerOf(body);
  const isOneOf = (answers: HttpCheck['statuses']['limited'] = []): boolean =>
    answers.some((one) => one.status === status && !firstFailing(one.rules, answer));
  if (isOneOf(statuses.throttled)) return refused('unexpected', status);
  if (isOneOf(statuses.limited)) return { accepted: true, latencyMs, limited: true };
  if (includes(statuses.unauthorized, status)) return refused('unauthorized', status);
  if (includes(statuses.forbidden, status)) return refused('forbidden', status);
  if (!includes(statuses.accepted, status)) return refused('unexpected', status);

  const failing = firstFailing(rules, answer);
  if (failing) return refused(failing.otherwise ?? 'unexpected', status, failing.name);
  const account = accountOf(sources, answer, values, carriesSecret);
  return { accepted: true, latencyMs, ...(account && { account }) };
}

function firstFailing(rules: readonly BodyRule[] = [], answer: JsonAnswer): BodyRule | undefined {
  return rules.find((rule) => !passes(answer, rule));
}

function includes(statuses: HttpCheck['statuses']['accepted'], status: number): boolean {
  return statuses.some((one) => (typeof one === 'number' ? one === status : one[0] <= status && status <= one[1]));
}

function refused(category: 'unauthorized' | 'forbidden' | 'unexpected', status: number, rule?: string): HttpVerificationOutcome {
  const codes = {
    unauthorized: 'service_refused_credentials',
    forbidden: 'service_denied_access',
    unexpected: rule === undefined ? 'unexpected_status' : 'unexpected_body',
  } as const;
  const httpStatus = status <= 599 ? { httpStatus: status } : {}; // some services count on
  return {
    accepted: false,
    category,
    ...httpStatus,
    detail: { code: codes[category], ...httpStatus, ...(rule !== undefined && { rule }) },
  };
}
