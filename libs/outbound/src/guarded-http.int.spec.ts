import { readFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect as connectTcp, createServer as createTcp, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { eventually, listening, type ListeningServer } from '#testing';
import { connectPinned } from './connect-pinned';
import { GuardedHttp, type OutboundAnswer, type OutboundLimits, type OutboundRequest } from './guarded-http';
import { OutboundPolicy } from './outbound-policy';
import { TlsIsUnsafe } from './refuse-unsafe-tls';

const limits: OutboundLimits = { connectMs: 3_000, totalMs: 10_000, headerBytes: 16_384, bodyBytes: 1_048_576, redirects: 5 };
const hasty: OutboundLimits = { ...limits, connectMs: 150, totalMs: 400 };
const certificate = readFileSync(join(__dirname, '../samples/self-signed.cert.pem'), 'utf8');
const key = readFileSync(join(__dirname, '../samples/self-signed.key.pem'), 'utf8');

const running: ListeningServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

describe('a guarded request', () => {
  it('reaches the address that the name resolved to, and keeps the name in Host', async () => {
    const seen: IncomingMessage[] = [];
    const port = await serve((request, response) => {
      seen.push(request);
      response.end('{"ok":true}');
    });
    const answer = await get(`http://orders.example.com:${port}/api?limit=1`, { query: { key: 'a b&c' } });
    expect({ status: answer.status, body: answer.body.toString() }).toEqual({ status: 200, body: '{"ok":true}' });
    expect(answer.latencyMs).toBeGreaterThanOrEqual(0);
    expect(seen[0]).toMatchObject({
      url: '/api?limit=1&key=a+b%26c',
      headers: { host: `orders.example.com:${port}`, authorization: 'Bearer k', 'accept-encoding': 'identity' },
    });
  });

  it('asks DNS once and opens a connection of its own each time', async () => {
    let connections = 0;
    const port = await serve(
      (_, response) => response.end(),
      (server) => server.on('connection', () => connections++),
    );
    const resolve = jest.fn().mockResolvedValue(['127.0.0.1']);
    const http = new GuardedHttp({ policy: loopbackPolicy(), resolve });
    for (const time of [1, 2, 3]) {
      await http.request(requestTo(`http://orders.example.com:${port}/`));
      expect([resolve.mock.calls.length, connections]).toEqual([time, time]);
    }
  });

  it('opens no connection to an address that is not allowed', async () => {
    const connect = jest.fn();
    const http = new GuardedHttp({ policy: OutboundPolicy.from({ allowedCidrs: [], ownEndpoints: [] }), connect });
    await expect(http.request(requestTo('https://127.0.0.1/'))).rejects.toMatchObject({ code: 'address_not_allowed' });
    expect(connect).not.toHaveBeenCalled();
  });

  it('is read as strictly with a query of its own as without', async () => {
    const port = await serve((_, response) => response.end());
    for (const query of [{}, { key: 'k' }]) {
      await expect(get(`http:\\\\127.0.0.1:${port}\\`, { query })).rejects.toMatchObject({ code: 'url_not_allowed' });
    }
  });

  it('says nothing over a connection that reached another address than the one it was for', async () => {
    let heard = 0;
    const port = await serve(() => heard++);
    const elsewhere = (): Promise<Socket> =>
      new Promise((resolve) =>
        connectTcp(port, '127.0.0.1', function (this: Socket) {
          resolve(this);
        }),
      );
    const http = new GuardedHttp({ policy: loopbackPolicy(), resolve: () => Promise.resolve(['10.0.0.7']), connect: elsewhere });
    await expect(http.request(requestTo(`http://orders.example.com:${port}/`))).rejects.toMatchObject({ code: 'address_not_allowed' });
    expect(heard).toBe(0);
  });

  it('is not made again when its connection is gone before it was heard', async () => {
    let connections = 0;
    const connect = (): Promise<Socket> => {
      if (++connections > 3) return new Promise(() => undefined); // enough to know
      const [client] = duplexPair();
      client.destroy();
      return Promise.resolve(Object.assign(client, { remoteAddress: '127.0.0.1' }) as unknown as Socket);
    };
    await expect(get('http://127.0.0.1/', {}, { connect, limits: hasty })).rejects.toMatchObject({ code: 'connection_lost' });
    expect(connections).toBe(1);
  });

  it('tries the next address of a name when one does not answer', async () => {
    const port = await serve((_, response) => response.end('here'));
    const http = new GuardedHttp({ policy: loopbackPolicy(), resolve: () => Promise.resolve(['127.0.0.9', '127.0.0.1']) });
    const answer = await http.request(requestTo(`http://orders.example.com:${port}/`));
    expect(answer.body.toString()).toBe('here');
  });
});

describe('a redirect', () => {
  it('is followed within the origin, carrying the credential', async () => {
    const seen: string[] = [];
    const port = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      if (request.url === '/v2/whoami#top' || request.url === '/v2/whoami') response.end('done');
      else response.writeHead(302, { location: '/v2/whoami#top' }).end();
    });
    const answer = await get(`http://127.0.0.1:${port}/whoami?old=1`);
    expect(answer.body.toString()).toBe('done');
    expect(seen).toEqual(['GET /whoami?old=1 Bearer k', 'GET /v2/whoami Bearer k']);
  });

  it('never leads to another origin, not even to another port of the same host', async () => {
    const heard: string[] = [];
    const other = await serve((request, response) => {
      heard.push(request.url ?? '');
      response.end();
    });
    const port = await serve((_, response) => response.writeHead(302, { location: `http://127.0.0.1:${other}/taken` }).end());
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'redirect_not_allowed' });
    expect(heard).toEqual([]);
  });

  it('has its address checked like the first', async () => {
    const port = await serve((_, response) => response.writeHead(302, { location: '/next' }).end());
    const resolve = jest.fn().mockResolvedValueOnce(['127.0.0.1']).mockResolvedValueOnce(['169.254.169.254']);
    const http = new GuardedHttp({ policy: loopbackPolicy(), resolve });
    await expect(http.request(requestTo(`http://orders.example.com:${port}/`))).rejects.toMatchObject({ code: 'redirect_not_allowed' });
    expect(resolve).toHaveBeenCalledTimes(2);
  });

  it('is followed five times and no more', async () => {
    const port = await serve((request, response) => {
      const step = Number(request.url?.slice(1));
      if (step === 0) response.end('arrived');
      else response.writeHead(307, { location: `/${step - 1}` }).end();
    });
    expect((await get(`http://127.0.0.1:${port}/5`)).body.toString()).toBe('arrived');
    await expect(get(`http://127.0.0.1:${port}/6`)).rejects.toMatchObject({ code: 'redirect_not_allowed' });
  });

  it('is refused to a POST, whose body is not sent again', async () => {
    let asked = 0;
    const port = await serve((_, response) => {
      asked++;
      response.writeHead(307, { location: '/token2' }).end();
    });
    const posting = get(`http://127.0.0.1:${port}/token`, { method: 'POST', body: 'client_secret=k' });
    await expect(posting).rejects.toMatchObject({ code: 'redirect_not_allowed' });
    expect(asked).toBe(1);
  });

  it('is the answer where it is not to be followed, and so is one without a place to go', async () => {
    const port = await serve((request, response) =>
      response.writeHead(302, request.url === '/nowhere' ? {} : { location: 'https://login.example.com/' }).end(),
    );
    expect((await get(`http://127.0.0.1:${port}/`, { followRedirects: false })).status).toBe(302);
    expect((await get(`http://127.0.0.1:${port}/nowhere`)).status).toBe(302);
  });

  it.each(['/next\\last', '\\\\127.0.0.1\\next', '/ne xt', 'http://k@127.0.0.1/next'])(
    'that parsers may read differently is not followed: %s',
    async (location) => {
      const port = await serve((request, response) => response.writeHead(request.url === '/' ? 302 : 200, { location }).end());
      await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'redirect_not_allowed' });
    },
  );

  it('by a Refresh header is none', async () => {
    const port = await serve((_, response) => response.writeHead(200, { refresh: '0; url=http://169.254.169.254/' }).end());
    expect((await get(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });
});

describe('an answer', () => {
  it.each([
    ['announced', (response: ServerResponse) => response.writeHead(200, { 'content-length': 1_048_577 }).write('x')],
    ['sent without an end', (response: ServerResponse) => pourInto(response)],
  ])('of more than 1 MiB is not read when %s', async (_, answer) => {
    const port = await serve((_request, response) => {
      answer(response);
    });
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ category: 'unexpected', code: 'answer_too_large' });
  });

  it('of exactly 1 MiB is read', async () => {
    const port = await serve((_, response) => response.end(Buffer.alloc(1_048_576)));
    expect((await get(`http://127.0.0.1:${port}/`)).body).toHaveLength(1_048_576);
  });

  it('that is compressed though nobody asked for it stays as small as it came', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1_048_576));
    const port = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    expect((await get(`http://127.0.0.1:${port}/`)).body).toHaveLength(bomb.length);
  });

  it('with more than 16 KiB of headers is refused', async () => {
    const port = await serve((_, response) => response.writeHead(200, { 'x-long': 'x'.repeat(17_000) }).end());
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ category: 'unexpected', code: 'answer_too_large' });
  });

  it.each([
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.9\r\n', 'unexpected', 'unexpected_body'],
    ['ends before its body does', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}', 'unreachable', 'connection_lost'],
    ['ends before it begins', '', 'unreachable', 'connection_lost'],
  ])('that %s is a failure', async (_, bytes, category, code) => {
    const port = await run(createTcp((socket) => socket.once('data', () => socket.end(bytes))));
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ category, code });
  });
});

describe('a service', () => {
  it('that does not listen is unreachable', async () => {
    const closed = await listening(createTcp());
    await closed.stop();
    await expect(get(`http://127.0.0.1:${closed.port}/`)).rejects.toMatchObject({ category: 'unreachable', code: 'connection_refused' });
  });

  it.each([
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    ['ends', (socket: Socket) => socket.end()],
  ])('that %s every connection is unreachable, and is called once', async (_, hangUp) => {
    let connections = 0;
    const port = await run(
      createTcp((socket) => {
        connections++;
        hangUp(socket);
      }),
    );
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ category: 'unreachable', code: 'connection_lost' });
    expect(connections).toBe(1);
  });

  it.each([
    ['does not finish TLS', 'https', () => undefined],
    ['says nothing', 'http', () => undefined],
    ['says its headers byte by byte', 'http', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\nx-slow: ')],
    ['never ends its body', 'http', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')],
  ])('that %s is given up in time', async (_, scheme, behaviour) => {
    const port = await run(createTcp(behaviour));
    await expect(get(`${scheme}://127.0.0.1:${port}/`, {}, { limits: hasty })).rejects.toMatchObject({
      category: 'timeout',
      code: 'no_answer_in_time',
    });
  });

  it('whose name does not resolve in time is given up, too', async () => {
    const http = new GuardedHttp({ policy: loopbackPolicy(), resolve: () => new Promise(() => undefined), limits: hasty });
    await expect(http.request(requestTo('http://orders.example.com/'))).rejects.toMatchObject({ code: 'no_answer_in_time' });
  });
});

describe('TLS', () => {
  it('keeps the name for SNI and for the certificate while the address is pinned', async () => {
    const names: unknown[] = [];
    const port = await run(
      secureServer((request, response) => {
        names.push('servername' in request.socket && request.socket.servername);
        response.end('safe');
      }),
    );
    const trusting = { connect: connectPinned({ ca: certificate }) };
    expect((await get(`https://orders.example.com:${port}/`, {}, trusting)).body.toString()).toBe('safe');
    expect((await get(`https://127.0.0.1:${port}/`, {}, trusting)).body.toString()).toBe('safe');
    expect(names).toEqual(['orders.example.com', false]);
  });

  it.each([
    ['by nobody known', 'orders.example.com', {}],
    ['for another name', 'billing.example.com', { connect: connectPinned({ ca: certificate }) }],
  ])('with a certificate issued %s fails before anything is sent', async (_, host, options) => {
    let heard = 0;
    const port = await run(secureServer(() => heard++));
    await expect(get(`https://${host}:${port}/`, {}, options)).rejects.toMatchObject({ category: 'tls', code: 'certificate_not_trusted' });
    expect(heard).toBe(0);
  });

  it('is not what a plain server speaks', async () => {
    const port = await serve((_, response) => response.end());
    await expect(get(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ category: 'tls' });
  });

  it('is not to be had in a process that switched certificate checks off', () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(() => new GuardedHttp({ policy: loopbackPolicy() })).toThrow(TlsIsUnsafe);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });
});

describe('giving up', () => {
  it('throws what the caller gave as the reason', async () => {
    const port = await run(createTcp());
    const caller = new AbortController();
    const call = get(`http://127.0.0.1:${port}/`, { signal: caller.signal });
    caller.abort(new Error('the process stops'));
    await expect(call).rejects.toThrow('the process stops');
  });

  it('of the whole client ends every request under way', async () => {
    let connections = 0;
    const port = await run(createTcp(() => connections++));
    const http = new GuardedHttp({ policy: loopbackPolicy() });
    const call = http.request(requestTo(`http://127.0.0.1:${port}/`)).catch((error: unknown) => (error as Error).name);
    await eventually(() => connections === 1);
    http.close();
    expect(await call).toBe('AbortError');
  });
});

it('never repeats in an error what was sent or received', async () => {
  const port = await run(createTcp((socket) => socket.once('data', (heard) => socket.end(`canary ${heard.toString()}`))));
  const error = await get(`http://127.0.0.1:${port}/canary`, { headers: { authorization: 'canary' } }).catch((thrown: unknown) => thrown);
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error as object))).not.toContain('canary');
});

function get(
  url: string,
  request: Partial<OutboundRequest> = {},
  options: Partial<ConstructorParameters<typeof GuardedHttp>[0]> = {},
): Promise<OutboundAnswer> {
  const http = new GuardedHttp({ policy: loopbackPolicy(), resolve: () => Promise.resolve(['127.0.0.1']), ...options });
  return http.request({ ...requestTo(url), ...request });
}

function requestTo(url: string): OutboundRequest {
  return { method: 'GET', url, headers: { authorization: 'Bearer k' }, signal: AbortSignal.timeout(15_000) };
}

function loopbackPolicy(): OutboundPolicy {
  return OutboundPolicy.from({ allowedCidrs: ['127.0.0.0/8', '10.0.0.0/8'], ownEndpoints: [] });
}

function serve(listener: RequestListener, prepare: (server: Server) => void = () => undefined): Promise<number> {
  const server = createHttp({ maxHeaderSize: 65_536 }, listener);
  prepare(server);
  return run(server);
}

function secureServer(listener: RequestListener): Server {
  return createHttps({ cert: certificate, key }, listener).on('tlsClientError', () => undefined);
}

async function run(server: Server): Promise<number> {
  const started = await listening(server);
  running.push(started);
  return started.port;
}

function pourInto(response: ServerResponse): void {
  response.writeHead(200);
  const pour = (): void => {
    while (response.writable && response.write(Buffer.alloc(65_536)));
  };
  response.on('drain', pour);
  pour();
}

/** Says a beginning, then one more byte every 20 ms for as long as somebody listens. */
function drip(socket: Socket, beginning: string): void {
  socket.write(beginning);
  const timer = setInterval(() => socket.write('x'), 20);
  socket.once('close', () => clearInterval(timer));
}
