import { Refused } from '#domain';
import type { FastifyRequest } from 'fastify';

/**
 * The value of a header; undefined where it was not sent.
 * @param form says in one sentence what the pattern asks for
 * @throws Refused BodyIsMalformed
 */
export function headerOf(request: FastifyRequest, name: string, pattern: RegExp, form: string): string | undefined {
  const given = request.headers[name];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && pattern.test(given)) return given;
  throw new Refused('BodyIsMalformed', {}, [{ pointer: `/headers/${name}`, reason: 'pattern', message: form }]);
}
