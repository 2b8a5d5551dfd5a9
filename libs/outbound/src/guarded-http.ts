import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { Client, type buildConnector, type Dispatcher } from 'undici';
import { addressOf } from './address';
import { connectPinned, type Connect } from './connect-pinned';
import { Guard, type AdmittedTarget } from './guard';
import { OutboundDenied } from './outbound-denied';
import { OutboundFailed } from './outbound-failed';
import type { OutboundPolicy } from './outbound-policy';
import { outboundUrlOf } from './outbound-url';
import { refuseUnsafeTls } from './refuse-unsafe-tls';
import { nextHop } from './redirect';
import { resolveByMachine, type Resolve } from './resolve';
import { whenAborted } from './when-aborted';

export interface OutboundRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Added to the URL of the first request; where a redirect leads is the service's word. */
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Left out: redirects are followed within the origin. False: a redirect is the answer. */
  readonly followRedirects?: boolean;
  readonly signal: AbortSignal;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came: nothing is decompressed, so nothing can swell. For reading, never for showing. */
  readonly body: Buffer;
  /** From the first look-up of the name to the last byte, over all redirects. */
  readonly latencyMs: number;
}

export interface OutboundLimits {
  readonly connectMs: number; // TCP and TLS together
  readonly totalMs: number; // look-ups, redirects and body included
  readonly headerBytes: number;
  readonly bodyBytes: number;
  readonly redirects: number;
}

const defaultLimits: OutboundLimits = { connectMs: 3_000, totalMs: 10_000, headerBytes: 16_384, bodyBytes: 1_048_576, redirects: 5 };

/**
 * HTTP to addresses that users influence. Each request, and each redirect of one, is admitted by the guard and gets a connection of its own
 * to an address that passed: nothing is pooled, so no connection outlives the check that allowed it.
 */
export class GuardedHttp {
  private readonly guard: Guard;
  private readonly connect: Connect;
  private readonly limits: OutboundLimits;
  private readonly closing = new AbortController();

  /** @throws TlsIsUnsafe */
  constructor({
    policy,
    resolve = resolveByMachine,
    connect = connectPinned(),
    limits = defaultLimits,
  }: {
    policy: OutboundPolicy;
    resolve?: Resolve;
    connect?: Connect;
    limits?: OutboundLimits;
  }) {
    refuseUnsafeTls();
    this.guard = new Guard(policy, resolve);
    this.connect = connect;
    this.limits = limits;
  }

  /**
   * @throws OutboundDenied when the address, or that of a redirect, must not be called
   * @throws OutboundFailed when there was no usable answer
   * @throws the reason of `signal` when the caller gave up
   */
  async request({ url, query, followRedirects = true, signal, ...message }: OutboundRequest): Promise<OutboundAnswer> {
    const started = performance.now();
    const deadline = AbortSignal.any([signal, this.closing.signal, AbortSignal.timeout(this.limits.totalMs)]);
    try {
      const visited: string[] = [];
      let target = await this.admit(withQuery(url, query), deadline);
      for (;;) {
        visited.push(target.url.href);
        const answer = await this.ask(target, message, deadline);
        const next = followRedirects ? nextHop(answer, message.method, visited, this.limits.redirects) : undefined;
        if (next === undefined) return { ...answer, latencyMs: Math.round(performance.now() - started) };
        target = await this.admit(next, deadline).catch(asRedirect);
      }
    } catch (error) {
      throw failureOf(error, deadline);
    }
  }

  /** Gives up every request under way. */
  close(): void {
    this.closing.abort();
  }

  private admit(url: string, deadline: AbortSignal): Promise<AdmittedTarget> {
    return Promise.race([this.guard.admit(url), whenAborted(deadline)]);
  }

  private async ask(
    target: AdmittedTarget,
    { method, headers, body }: Pick<OutboundRequest, 'method' | 'headers' | 'body'>,
    deadline: AbortSignal,
  ): Promise<Omit<OutboundAnswer, 'latencyMs'>> {
    const { pathname, search, origin } = target.url;
    const client = new Client(origin, {
      connect: this.connectorTo(target, deadline),
      maxHeaderSize: this.limits.headerBytes,
      headersTimeout: 0, // the deadline is for all of it
      bodyTimeout: 0,
    });
    try {
      const response = await client.request({
        method,
        path: pathname + search,
        headers: { ...headers, 'accept-encoding': 'identity' },
        body: body ?? null,
        signal: deadline,
      });
      return { status: response.statusCode, headers: response.headers, body: await this.bodyOf(response) };
    } finally {
      client.destroy().catch(() => undefined); // what it still held is given up on purpose
    }
  }

  /** A connector that connects once: a service that hangs up before it hears a request is not called again and again. */
  private connectorTo(target: AdmittedTarget, deadline: AbortSignal): buildConnector.connector {
    let used = false;
    return (_options, done) => {
      const socket = used ? Promise.reject(new OutboundFailed('connection_lost')) : this.open(target, deadline);
      used = true;
      socket.then(
        (opened) => done(null, opened),
        (error: unknown) => done(error as Error, null),
      );
    };
  }

  private async open(target: AdmittedTarget, deadline: AbortSignal): Promise<Socket> {
    const connection = await this.connect(target, AbortSignal.any([deadline, AbortSignal.timeout(this.limits.connectMs)])).catch(
      (error: unknown) => {
        throw error instanceof OutboundFailed || deadline.aborted ? error : new OutboundFailed('no_answer_in_time');
      },
    );
    const reached = addressOf(connection.remoteAddress ?? '')?.toString();
    if (reached === undefined || !target.addresses.includes(reached)) {
      connection.destroy();
      throw new OutboundDenied('address_not_allowed');
    }
    return connection;
  }

  private async bodyOf({ headers, body }: Dispatcher.ResponseData): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    if (Number(headers['content-length'] ?? 0) > this.limits.bodyBytes) throw new OutboundFailed('answer_too_large');
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > this.limits.bodyBytes) throw new OutboundFailed('answer_too_large');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}

/** Read as strictly as the guard reads it: once written anew, a URL no longer shows what it was. */
function withQuery(text: string, query: Readonly<Record<string, string>> = {}): string {
  if (Object.keys(query).length === 0) return text;
  const url = outboundUrlOf(text);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

/** Where a redirect may not lead stays untold: one code for all of it. */
function asRedirect(error: unknown): never {
  throw error instanceof OutboundDenied ? new OutboundDenied('redirect_not_allowed') : error;
}

/** Errors of Node and undici are told apart by their codes; their texts quote what was sent and received. */
function failureOf(error: unknown, deadline: AbortSignal): unknown {
  if (error instanceof OutboundDenied || error instanceof OutboundFailed) return error;
  if (deadline.aborted) {
    const { name } = deadline.reason as Error;
    return name === 'TimeoutError' ? new OutboundFailed('no_answer_in_time') : deadline.reason;
  }
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new OutboundFailed('answer_too_large');
  if (['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code)) return new OutboundFailed('connection_lost');
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return new OutboundFailed('certificate_not_trusted');
  return new OutboundFailed('unexpected_body');
}
