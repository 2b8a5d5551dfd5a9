import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { inspect } from 'node:util';
import { connectorOf, type ConnectorDefinition, type HttpCheck } from '#connectors';
import { Secret } from '#secret';
import { eventually, listening, type ListeningServer } from '#testing';
import type { HttpVerificationOutcome } from './check-outcome';
import { GuardedHttp } from './guarded-http';
import { HostBulkheads } from './host-bulkheads';
import { OutboundPolicy } from './outbound-policy';
import { verifyOverHttp, type HttpVerificationRequest } from './verify-over-http';

const key = 'k_canary_3f9a0c';
const http = connectorOf('http')!;

const running: ListeningServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

describe('an API key', () => {
  it.each([
    ['as a bearer token when nothing is said', {}, { headers: { authorization: `Bearer ${key}` } }],
    [
      'so, too, when everything else was left empty',
      { apiKeyName: '', apiKeyPrefix: '', apiKeyIn: '' },
      { headers: { authorization: `Bearer ${key}` } },
    ],
    ['in a header', { apiKeyName: 'X-Api-Key' }, { headers: { 'x-api-key': key } }],
    ['with a prefix', { apiKeyPrefix: 'Token ' }, { headers: { authorization: `Token ${key}` } }],
    ['in a header with a prefix', { apiKeyName: 'X-Auth', apiKeyPrefix: 'v1=' }, { headers: { 'x-auth': `v1=${key}` } }],
    ['in the query', { apiKeyIn: 'query' }, { url: `/whoami?api_key=${key}` }],
    ['in the query by name', { apiKeyIn: 'query', apiKeyName: 'token' }, { url: `/whoami?token=${key}` }],
  ])('travels %s', async (_, settings, heard) => {
    const service = await serve();
    expect(await verify({ ...service, settings: { verificationPath: '/whoami', ...settings } })).toMatchObject({ accepted: true });
    expect(service.heard).toHaveLength(1);
    expect(service.heard[0]).toMatchObject(heard);
  });

  it('travels in the query only when the settings say so', async () => {
    const service = await serve();
    await verify({ ...service, settings: { verificationPath: '/whoami?full=1' } });
    expect(service.heard[0]?.url).toBe('/whoami?full=1');
  });
});

describe('other ways of authenticating', () => {
  it('are a user and a password (RFC 7617), in UTF-8', async () => {
    const service = await serve();
    await verify({ ...service, authType: 'basic', credentials: { username: 'alice', password: 'пароль:1' } });
    const [scheme, pair] = (service.heard[0]?.headers.authorization ?? '').split(' ');
    expect([scheme, Buffer.from(pair ?? '', 'base64').toString()]).toEqual(['Basic', 'alice:пароль:1']);
  });

  it('are none at all', async () => {
    const service = await serve();
    expect(await verify({ ...service, authType: 'none', credentials: null })).toMatchObject({ accepted: true });
    expect(service.heard[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('the request', () => {
  it('goes to the path behind the path of the service URL, with the extra headers', async () => {
    const service = await serve();
    const settings = { verificationPath: '/whoami', extraHeaders: { 'Api-Version': '7', Accept: 'application/hal+json' } };
    await verify({ ...service, serviceUrl: `${service.serviceUrl}/v2/`, settings });
    expect(service.heard[0]).toMatchObject({
      url: '/v2/whoami',
      headers: { 'api-version': '7', accept: 'application/hal+json', 'user-agent': 'Patchbay' },
    });
  });

  it.each([
    ['Host', 'evil.example.com', 'transport'],
    ['transfer-encoding', 'chunked', 'transport'],
    ['Authorization', 'Bearer other', 'credential'],
    ['x-api-key', 'other', 'credential'],
    ['X-Note', 'a\r\nHost: evil.example.com', 'value'],
    ['X Note', 'a', 'name'],
  ])('is not sent with the extra header %s', async (name, value, reason) => {
    const service = await serve();
    const call = verify({ ...service, settings: { apiKeyName: 'X-Api-Key', extraHeaders: { [name]: value } } });
    await expect(call).rejects.toMatchObject({ name: 'HeaderIsNotAllowed', header: name, reason });
    expect(service.heard).toEqual([]);
  });

  it('of a definition carries its own headers, query and body', async () => {
    const service = await serve();
    const check: Partial<HttpCheck> = {
      method: 'POST',
      path: '/graphql/{accountIdPath}',
      headers: { 'Api-Version': '{accountLabelPath}' },
      query: { v: '1' },
      body: { query: '{ me }' },
    };
    await verify({ ...service, definition: checking(check), settings: { accountIdPath: 'a/b', accountLabelPath: '9' } });
    expect(service.heard[0]).toMatchObject({
      method: 'POST',
      url: '/graphql/a%2Fb?v=1',
      headers: { 'api-version': '9', 'content-type': 'application/json', 'content-length': '18' },
    });
  });
});

describe('an answer', () => {
  it.each([
    [401, { accepted: false, category: 'unauthorized', httpStatus: 401, detail: { code: 'service_refused_credentials', httpStatus: 401 } }],
    [403, { accepted: false, category: 'forbidden', httpStatus: 403, detail: { code: 'service_denied_access', httpStatus: 403 } }],
    [404, { accepted: false, category: 'unexpected', httpStatus: 404, detail: { code: 'unexpected_status', httpStatus: 404 } }],
    [503, { accepted: false, category: 'unexpected', httpStatus: 503, detail: { code: 'unexpected_status', httpStatus: 503 } }],
    [999, { accepted: false, category: 'unexpected', detail: { code: 'unexpected_status' } }],
    [204, { accepted: true, latencyMs: expect.any(Number) }],
  ])('of %s on the verification path is told in codes', async (status, outcome) => {
    const service = await serve((_, response) => response.writeHead(status).end());
    expect(await verify({ ...service, settings: { verificationPath: '/whoami' } })).toEqual(outcome);
  });

  it.each([
    [404, true],
    [302, true],
    [401, false],
    [403, false],
    [500, false],
  ])('of %s by the service URL itself counts as reached: %s', async (status, accepted) => {
    const service = await serve((_, response) => response.writeHead(status, { location: 'https://login.example.com/' }).end());
    expect(await verify(service)).toMatchObject({ accepted });
  });

  it.each([
    [
      'is not what a rule asks for',
      '{"ok":false}',
      { category: 'unexpected', detail: { code: 'unexpected_body', httpStatus: 200, rule: 'ok' } },
    ],
    ['is no JSON', '<html>', { category: 'unexpected', detail: { code: 'unexpected_body', httpStatus: 200, rule: 'ok' } }],
    [
      'shows that nobody was let in',
      '{"ok":true,"user":null}',
      { category: 'unauthorized', detail: { code: 'service_refused_credentials', httpStatus: 200, rule: 'user' } },
    ],
    ['passes every rule', '{"ok":true,"user":{"id":"usr_1"}}', { accepted: true }],
  ])('that %s is judged by the rules of the definition', async (_, body, outcome) => {
    const rules: HttpCheck['rules'] = [
      { name: 'ok', path: 'ok', equals: true },
      { name: 'user', path: 'user.id', startsWith: 'usr_', otherwise: 'unauthorized' },
    ];
    const service = await serve((_request, response) => response.end(body));
    expect(await verify({ ...service, definition: checking({ rules }) })).toMatchObject(outcome);
  });

  it.each([
    ['{"error":{"type":"permission"}}', { accepted: true, limited: true }],
    ['<html>blocked</html>', { accepted: false, category: 'forbidden' }],
  ])('of 403 with %s may mean accepted with narrower rights', async (body, outcome) => {
    const limited = [{ status: 403, rules: [{ name: 'json_error', path: 'error.type', present: true as const }] }];
    const statuses = { limited, unauthorized: [401], forbidden: [403], accepted: [200] };
    const service = await serve((_, response) => response.writeHead(403).end(body));
    expect(await verify({ ...service, definition: checking({ statuses }) })).toMatchObject(outcome);
  });

  it.each([
    ['names the account', { id: 'acct_1', name: 'Acme' }, { id: 'acct_1', label: 'Acme' }],
    ['names it by what is no text', { id: 'acct_1\u0000', name: 'Acme\ud800' }, undefined],
    ['names it by a number', { id: 42, name: null }, { id: '42' }],
    ['names it by a number too large to be exact', { id: 2 ** 60 }, undefined],
    ['names it at too great a length', { id: 'x'.repeat(257), name: 'x'.repeat(256) }, { label: 'x'.repeat(256) }],
    ['has objects in its place', { id: {}, name: [] }, undefined],
    ['echoes the key in its place', { id: key, name: `key ${key}` }, undefined],
    ['is an array', [{ id: 'acct_1' }], undefined],
  ])('that %s gives that account', async (_, body, account) => {
    const service = await serve((_request, response) => response.end(JSON.stringify(body)));
    const settings = { verificationPath: '/whoami', accountIdPath: 'id', accountLabelPath: 'name' };
    expect(await verify({ ...service, settings })).toEqual({ accepted: true, latencyMs: expect.any(Number), ...(account && { account }) });
  });
});

describe('a service that gives no answer', () => {
  it('is unreachable when nobody listens', async () => {
    const closed = await listening(createTcp());
    await closed.stop();
    const outcome = await verify({ serviceUrl: `http://127.0.0.1:${closed.port}` });
    expect(outcome).toEqual({ accepted: false, category: 'unreachable', detail: { code: 'connection_refused' } });
  });

  it('is blocked when its address is not allowed', async () => {
    const outcome = await verify({ serviceUrl: 'http://10.0.0.1' });
    expect(outcome).toEqual({ accepted: false, category: 'blocked', detail: { code: 'address_not_allowed' } });
  });

  it('is not followed to another origin', async () => {
    const service = await serve((_, response) => response.writeHead(302, { location: 'https://elsewhere.example.com/' }).end());
    const outcome = await verify({ ...service, settings: { verificationPath: '/whoami' } });
    expect(outcome).toEqual({ accepted: false, category: 'unexpected', detail: { code: 'redirect_not_allowed' } });
  });

  it('is given up when the time of the caller is over, also while it waits for its turn', async () => {
    const service = await serve(() => undefined);
    const bulkheads = new HostBulkheads();
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => verify({ ...service, bulkheads, signal: AbortSignal.timeout(200) })),
    );
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome)))).toEqual(
      new Set([JSON.stringify({ accepted: false, category: 'timeout', detail: { code: 'no_answer_in_time' } })]),
    );
    expect(service.heard).toHaveLength(4);
  });

  it('is given up after ten seconds, the wait for its turn included', async () => {
    const service = await serve(() => undefined);
    const bulkheads = new HostBulkheads();
    const started = performance.now();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => verify({ ...service, bulkheads })));
    expect(outcomes.map((outcome) => 'category' in outcome && outcome.category)).toEqual(Array(5).fill('timeout'));
    expect(performance.now() - started).toBeLessThan(11_000);
  });

  it('holds no more than 24 calls, and none to another service', async () => {
    const slow = await serve(() => undefined);
    const quick = await serve();
    const bulkheads = new HostBulkheads();
    const caller = new AbortController();
    const calls = Array.from({ length: 24 }, () => verify({ ...slow, bulkheads, signal: caller.signal }));
    const ended = Promise.allSettled(calls);
    await eventually(() => slow.heard.length === 4);
    expect(await verify({ ...slow, bulkheads })).toMatchObject({ category: 'timeout' });
    expect(await verify({ ...quick, bulkheads })).toMatchObject({ accepted: true });
    caller.abort(new Error('the process stops'));
    expect(new Set((await ended).map(({ status }) => status))).toEqual(new Set(['rejected']));
  });
});

it.each([200, 401, 403, 500, 302])('never lets the key into an outcome or an error when a service echoes it with %s', async (status) => {
  const shout: RequestListener = (request, response) => {
    const echo = JSON.stringify({ heard: request.headers, url: request.url });
    response.writeHead(status, { 'x-echo': key, location: `/${key}` }).end(echo);
  };
  const settings = { verificationPath: '/', accountIdPath: 'heard.authorization', accountLabelPath: 'heard.x-api-key' };
  for (const more of [{}, { apiKeyName: 'X-Api-Key' }, { apiKeyIn: 'query' }, { extraHeaders: { 'X-Note': 'a\nb' } }]) {
    const outcome = await verify({ ...(await serve(shout)), settings: { ...settings, ...more } }).catch((error: unknown) => error);
    expect(inspect(outcome, { depth: 9, showHidden: true })).not.toContain(key);
  }
});

it('does not quote a credential that is not JSON', async () => {
  const call = verifyOverHttp({ ...request({}), credentials: Secret.of(key) });
  await expect(call).rejects.not.toThrow(key);
});

type Given = Partial<Omit<HttpVerificationRequest, 'credentials'>> & { readonly credentials?: Record<string, string> | null };

const policy = OutboundPolicy.from({ allowedCidrs: ['127.0.0.0/8'], ownEndpoints: [] });

function request({ credentials = { apiKey: key }, ...given }: Given): HttpVerificationRequest {
  return {
    definition: http,
    authType: 'api_key',
    settings: {},
    credentials: credentials && Secret.of(JSON.stringify(credentials)),
    http: new GuardedHttp({ policy }),
    bulkheads: new HostBulkheads(),
    signal: AbortSignal.timeout(15_000),
    ...given,
  };
}

const verify = (given: Given): Promise<HttpVerificationOutcome> => verifyOverHttp(request(given));

/** The generic connector with one check of another kind. */
function checking(check: Partial<HttpCheck>): ConnectorDefinition {
  const usual = http.verification!.checks.at(-1)!;
  return { ...http, verification: { kind: 'http', checks: [{ ...usual, path: '/me', ...check }] } };
}

async function serve(
  listener: RequestListener = (_, response) => response.end('{}'),
): Promise<{ serviceUrl: string; heard: IncomingMessage[] }> {
  const heard: IncomingMessage[] = [];
  const service = await listening(
    createServer((incoming, response) => {
      heard.push(incoming);
      listener(incoming, response);
    }),
  );
  running.push(service);
  return { serviceUrl: `http://127.0.0.1:${service.port}`, heard };
}
