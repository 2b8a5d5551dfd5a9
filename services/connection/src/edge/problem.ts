import { Refused, type FieldProblem } from '#domain';
import { LogIsUnavailable, OutcomeUnknown, StreamChangedMeanwhile } from '#event-store';
import { CursorDoesNotFit } from '#read-models';
import { VaultIsSealed } from '#vault';
import { HttpException } from '@nestjs/common';
import { z } from 'zod';
import { answers, type Circumstances, type Mishap } from './answers';
import type { Reason } from '#domain';

/** A problem document (RFC 9457), as `application/problem+json`. */
export const Problem = z.object({
  type: z.string().describe('A page of this instance that says what the reason means and what to do.'),
  title: z.string(),
  status: z.int(),
  reason: z.enum(Object.keys(answers) as [Reason | Mishap]).describe('For programs: it never changes its meaning.'),
  detail: z.string(),
  requestId: z.string(),
  errors: z
    .array(z.object({ pointer: z.string(), reason: z.string(), message: z.string() }))
    .optional()
    .describe('Each wrong field: a JSON Pointer into the body, or /query/… and /headers/….'),
});
export type Problem = z.infer<typeof Problem>;

/** What an error means to whoever asked. Whatever is not known here is our fault, and nothing of it is told. */
export function reasonOf(error: unknown): Reason | Mishap {
  if (error instanceof Refused) return error.reason;
  if (error instanceof StreamChangedMeanwhile) return 'ConnectionChangedMeanwhile';
  if (error instanceof LogIsUnavailable || error instanceof OutcomeUnknown) return 'LogIsUnavailable';
  if (error instanceof VaultIsSealed) return 'VaultIsSealed';
  if (error instanceof CursorDoesNotFit) return 'BodyIsMalformed';
  if (error instanceof HttpException) return reasonOfStatus(error.getStatus());
  return 'PatchbayIsAtFault';
}

/** What the server itself refuses, before any code of ours has seen the request. */
function reasonOfStatus(status: number): Reason | Mishap {
  if (status === 404) return 'RouteDoesNotExist';
  if (status === 413) return 'BodyIsTooLarge';
  if (status === 415) return 'MediaTypeIsNotSupported';
  return status < 500 ? 'BodyIsMalformed' : 'PatchbayIsAtFault';
}

export function problemOf(error: unknown, requestId: string, circumstances: Circumstances): Problem {
  const reason = reasonOf(error);
  const { http, title, cure } = answers[reason];
  const errors = errorsOf(error);
  return {
    type: `/problems/${reason}`,
    title,
    status: typeof http === 'number' ? http : http(circumstances),
    reason,
    detail: cure,
    requestId,
    ...(errors.length > 0 && { errors: [...errors] }),
  };
}

function errorsOf(error: unknown): readonly FieldProblem[] {
  if (error instanceof Refused) return error.problems;
  if (!(error instanceof CursorDoesNotFit)) return [];
  return [{ pointer: '/query/cursor', reason: 'wrong', message: 'The cursor belongs to a list with another filter or order.' }];
}
