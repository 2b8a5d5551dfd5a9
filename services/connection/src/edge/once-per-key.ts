import { Refused } from '#domain';
import type { Logger } from '#runtime';
import { Secret } from '#secret';
import { SetMetadata, type CallHandler, type CustomDecorator, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import canonicalize from 'canonicalize';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { newCommandIds, type CommandIds } from '../command-ids';
import type { IdempotencyKeys, Lease } from '../records/idempotency-keys';
import { admissionOf } from './admission';
import { headerOf } from './header-of';
import { unavailableAs } from './unavailable-as';

const commandRoute = 'patchbay:command';

/** Whose answers are kept that belong to no workspace; no workspace has this id. */
const platform = '_';

/** Says that a route is a command: with an `Idempotency-Key` it is run once, and answered the same however often it is asked for. */
export const IsCommand = (): CustomDecorator => SetMetadata(commandRoute, true);

const idsByRequest = new WeakMap<FastifyRequest, CommandIds>();

/** The ids of the command that the request is: those that were chosen with its key; without one, its own. */
export function commandIdsOf(request: FastifyRequest): CommandIds {
  const found = idsByRequest.get(request);
  if (!found) throw new TypeError('only the route of a command has ids');
  return found;
}

/** What was answered, as it is kept: sealed, since an answer may show a secret. */
interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As it was sent. */
  readonly body: string;
}

/** What belongs to the answer rather than to the request it answers. */
const keptHeaders = ['etag', 'location', 'patchbay-position'] as const;

/**
 * Runs a command once per `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). What was done is kept and answered again, byte for byte. A refusal
 * is not: the request may be sent again, and is then decided anew, or, where the stream has the command, answered from there.
 */
export class OncePerKey implements NestInterceptor {
  constructor(
    private readonly keys: IdempotencyKeys,
    private readonly logger: Logger,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    if (Reflect.getMetadata(commandRoute, context.getHandler()) !== true) return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = keyOf(request);
    if (key === undefined) {
      idsByRequest.set(request, newCommandIds());
      return next.handle();
    }
    return from(this.#once(key, request, context.switchToHttp().getResponse<FastifyReply>(), next));
  }

  async #once(key: string, request: FastifyRequest, reply: FastifyReply, next: CallHandler<unknown>): Promise<unknown> {
    const { operation, principal } = admissionOf(request);
    const { ws: workspaceId = platform } = request.params as { readonly ws?: string };
    const content = contentOf(request);
    const begun = await this.keys.begin({ workspaceId, principal: principal.subject, operation, key, content }).catch((error: unknown) => {
      throw unavailableAs('VaultIsSealed', error);
    });
    if ('answer' in begun) return tell(reply, begun.answer);

    idsByRequest.set(request, begun.lease.ids);
    const answer = await this.#run(begun.lease, reply, next);
    return tell(reply, await this.#kept(begun.lease, answer));
  }

  async #run(lease: Lease, reply: FastifyReply, next: CallHandler<unknown>): Promise<Secret> {
    try {
      return answerOf(reply, await lastValueFrom(next.handle(), { defaultValue: undefined }));
    } catch (error) {
      // A lease that is not given back ends by itself.
      await this.keys
        .release(lease)
        .catch((err: unknown) => this.logger.warn({ err }, 'The lease of an Idempotency-Key was not given back'));
      throw error;
    }
  }

  /** The command is done, whether or not its answer can be kept: without it, the command is found in its stream. */
  async #kept(lease: Lease, answer: Secret): Promise<Secret> {
    try {
      return await this.keys.finish(lease, answer);
    } catch (err) {
      this.logger.warn({ err }, 'The answer for an Idempotency-Key was not kept');
      return answer;
    }
  }
}

function keyOf(request: FastifyRequest): string | undefined {
  return headerOf(request, 'idempotency-key', /^[\x21-\x7e]{1,255}$/, 'It has 1 to 255 visible ASCII characters.');
}

/**
 * All that a request asks for: of what, and with what words. An `If-Match` is no part of it, so that whoever was refused with it can look again
 * and send the same request.
 */
function contentOf({ params, query, body }: FastifyRequest): string {
  try {
    return canonicalize(['request', params, query, body ?? null]) ?? '';
  } catch {
    // What JSON can say and has no canonical form: a number beyond all bounds, or arrays nested beyond the stack.
    throw new Refused('BodyIsMalformed');
  }
}

function answerOf(reply: FastifyReply, body: unknown): Secret {
  const headers = keptHeaders.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  const answer: KeptAnswer = {
    status: reply.statusCode,
    headers: Object.fromEntries(headers),
    body: body === undefined ? '' : JSON.stringify(body),
  };
  return Secret.of(JSON.stringify(answer));
}

function tell(reply: FastifyReply, kept: Secret): string | undefined {
  const { status, headers, body } = JSON.parse(kept.reveal()) as KeptAnswer;
  kept.wipe();
  void reply.code(status).headers(headers);
  if (body === '') return undefined;
  void reply.header('content-type', 'application/json; charset=utf-8');
  return body;
}
