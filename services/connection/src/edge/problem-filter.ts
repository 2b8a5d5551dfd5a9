import type { Logger } from '#runtime';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answers } from './answers';
import { problemOf } from './problem';

/** Turns every error of a request into a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.logger);
  }
}

/** What is our fault is logged; what is told of it is the request's id. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  const problem = problemOf(error, request.id, { conditional: request.headers['if-match'] !== undefined });
  if (problem.status >= 500) logger.error({ err: error, reason: problem.reason }, problem.title);

  const { retryAfter } = answers[problem.reason];
  if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
  if (problem.status === 401) void reply.header('www-authenticate', challenge(problem.reason));
  void reply
    .code(problem.status)
    .header('x-request-id', request.id)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}

/** RFC 6750, section 3: a request without a token is told the scheme only. */
function challenge(reason: string): string {
  return reason === 'TokenIsMissing' ? 'Bearer realm="patchbay"' : 'Bearer realm="patchbay", error="invalid_token"';
}
