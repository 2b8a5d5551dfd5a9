import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * What a log line may show of the things it is about. Each lists what is shown; everything else stays out: headers, bodies, query
 * strings, paths (a path may hold a webhook's token, so the route's pattern stands for it) and whatever an error carries besides.
 */

export interface LoggedRequest {
  method: string;
  route: string | null; // null: no route matched
  params: Readonly<Record<string, string>>;
}

/** `loggedParams` names the path parameters that are no secrets. */
export function requestSerializer(loggedParams: readonly string[]): (request: FastifyRequest) => LoggedRequest {
  return (request) => ({
    method: request.method,
    route: request.routeOptions.url ?? null,
    params: Object.fromEntries(
      Object.entries(request.params ?? {}).filter(
        (param): param is [string, string] => loggedParams.includes(param[0]) && typeof param[1] === 'string',
      ),
    ),
  });
}

export function replySerializer(reply: FastifyReply): { status: number } {
  return { status: reply.statusCode };
}

export interface LoggedError {
  name: string;
  code?: string | number;
  message: string;
  stack?: string;
}

export function errorSerializer(error: unknown): LoggedError {
  if (!(typeof error === 'object' && error !== null && 'message' in error)) return { name: typeof error, message: 'not an error' };
  const { name, code, message, stack } = error as Partial<Record<'name' | 'code' | 'message' | 'stack', unknown>>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: String(message),
    ...(typeof stack === 'string' ? { stack } : {}),
  };
}
