import type { IncomingMessage } from 'node:http';
import helmet from '@fastify/helmet';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Histogram } from 'prom-client';
import { correlationIdFrom, withCorrelation } from './correlation';
import type { Logger } from './create-logger';
import { alive, type Health } from './health';
import { requestSerializer } from './log-serializers';
import type { Metrics } from './metrics';
import { NestLogger } from './nest-logger';

export interface HttpAppOptions {
  logger: Logger;
  health: Health;
  metrics?: Metrics;
  /** The path parameters a log line may show; the others, and every path as written, stay out of the log. */
  loggedParams?: readonly string[];
  /** Answers a path that cannot be decoded. No hook and no filter sees such a request, and Fastify's own answer repeats the path. */
  answerBadPath?: (request: FastifyRequest, reply: FastifyReply) => void;
}

const bodyLimit = 1024 * 1024; // bytes
const headersTimeoutMs = 5_000;
const requestTimeoutMs = 15_000; // headers and body
const drainMs = 5_000;

/**
 * A Nest application on Fastify that is safe to put before strangers: bounded bodies and times, security headers, a correlation id in
 * and out (`X-Request-Id`), one log line per request, `/healthz` and `/readyz`. The caller adds pipes and filters, then listens; `close`
 * lets requests under way end for at most five seconds.
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  { logger, health, metrics, loggedParams = [], answerBadPath }: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    // Node looks for overdue requests only every 30 s unless told otherwise, which would make both time-outs half a minute long.
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: 1_000 },
    requestIdHeader: false,
    genReqId: (request: IncomingMessage) => correlationIdFrom(request.headers['x-request-id']),
    forceCloseConnections: 'idle',
    ...(answerBadPath && {
      frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply) => answerBadPath(request, reply),
    }),
  });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class and takes literals
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false, // Fastify's own JSON parser refuses `__proto__`; forms and text are not accepted at all
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.removeContentTypeParser('text/plain');
  await protect(fastify);
  correlate(fastify);
  recordRequests(fastify, logger.child({}, { serializers: { req: requestSerializer(loggedParams) } }), metrics);
  answerHealth(fastify, health);
  drainOnClose(fastify);
  return app;
}

async function protect(fastify: FastifyInstance): Promise<void> {
  await fastify.register(helmet, {
    // Whether http is upgraded is the business of whoever ends TLS in front of us; on a plain http host it would break every page.
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null, frameAncestors: ["'none'"] } },
    strictTransportSecurity: { includeSubDomains: false },
    frameguard: { action: 'deny' },
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    done();
  });
}

function correlate(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    withCorrelation(request.id, done);
  });
  // Reading a body continues in the socket's context and loses ours, so it is entered once more before the handler.
  fastify.addHook('preValidation', (request, _reply, done) => withCorrelation(request.id, done));
}

function recordRequests(fastify: FastifyInstance, logger: Logger, metrics: Metrics | undefined): void {
  const durations =
    metrics &&
    new Histogram({
      name: 'patchbay_http_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['method', 'route', 'status'],
      registers: [metrics.registry],
    });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    durations?.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    withCorrelation(request.id, () => {
      const line = { req: request, res: reply, durationMs: Math.round(reply.elapsedTime) };
      const text = `${request.method} ${route} ${reply.statusCode}`;
      if (route === '/healthz' || route === '/readyz') logger.debug(line, text);
      else if (reply.statusCode >= 500) logger.error(line, text);
      else logger.info(line, text);
    });
    done();
  });
}

function answerHealth(fastify: FastifyInstance, health: Health): void {
  fastify.get('/healthz', () => alive);
  fastify.get('/readyz', async (_request, reply) => {
    const { code, body } = await health.readiness();
    return reply.code(code).send(body);
  });
}

function drainOnClose(fastify: FastifyInstance): void {
  let cut: NodeJS.Timeout | undefined;
  fastify.addHook('preClose', (done) => {
    cut = setTimeout(() => fastify.server.closeAllConnections(), drainMs);
    done();
  });
  fastify.addHook('onClose', (_instance, done) => {
    clearTimeout(cut);
    done();
  });
}
