import { createServer, type IncomingHttpHeaders } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { once } from 'node:events';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { connectorOf, fieldsOf } from '#connectors';
import { Secret } from '#secret';
import { listening, type ListeningServer } from '#testing';
import type { HttpVerificationOutcome } from './check-outcome';
import type { Connect } from './connect-pinned';
import { GuardedHttp } from './guarded-http';
import { HostBulkheads } from './host-bulkheads';
import { OutboundPolicy } from './outbound-policy';
import { originOf } from './service-url';
import { verifyOverHttp } from './verify-over-http';

const running: ListeningServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

const stripe: Service = {
  key: 'stripe',
  settings: {},
  credentials: { apiKey: 'rk_live_51Hcanary' },
  request: { method: 'GET', url: '/v1/account', host: 'api.stripe.com', body: '' },
  carriedBy: ['authorization', 'Bearer rk_live_51Hcanary'],
};

const github: Service = {
  key: 'github',
  settings: {},
  credentials: { token: 'github_pat_11canary' },
  request: { method: 'GET', url: '/user', host: 'api.github.com', body: '' },
  carriedBy: ['authorization', 'Bearer github_pat_11canary'],
};

const shopify: Service = {
  key: 'shopify',
  settings: { shop: 'acme-outdoor' },
  credentials: { accessToken: 'shpat_canary' },
  request: {
    method: 'POST',
    url: '/admin/api/2026-10/graphql.json',
    host: 'acme-outdoor.myshopify.com',
    body: '{"query":"{ shop { id name } }"}',
  },
  carriedBy: ['x-shopify-access-token', 'shpat_canary'],
};

const refused = (category: string, code: string, httpStatus: number, rule?: string) => ({
  accepted: false,
  category,
  httpStatus,
  detail: { code, httpStatus, ...(rule !== undefined && { rule }) },
});
const accepted = (more: object) => ({ accepted: true, latencyMs: expect.any(Number), ...more });

/** The key’s own account, abridged: https://docs.stripe.com/api/accounts/object */
const account = {
  id: 'acct_1Nv0FGQ9RKHgCVdK',
  object: 'account',
  business_profile: { name: null, url: null },
  email: 'jenny.rosen@example.com',
  settings: { dashboard: { display_name: 'Rocket Rides', timezone: 'Etc/UTC' } },
  type: 'standard',
};
const mayNot =
  'The provided key ‘rk_live_***nary’ does not have the required permissions for this endpoint on account ‘acct_1Nv0FGQ9RKHgCVdK’.';

// https://docs.stripe.com/api/errors
describe('Stripe', () => {
  it.each([
    ['names the account', 200, account, accepted({ account: { id: 'acct_1Nv0FGQ9RKHgCVdK', label: 'Rocket Rides' } })],
    [
      'has no name for the account',
      200,
      { ...account, settings: { dashboard: { display_name: null } } },
      accepted({ account: { id: 'acct_1Nv0FGQ9RKHgCVdK' } }),
    ],
    [
      'does not know the key',
      401,
      { error: { message: 'Invalid API Key provided: rk_live_***nary', type: 'invalid_request_error' } },
      refused('unauthorized', 'service_refused_credentials', 401),
    ],
    [
      'says that the key has expired',
      401,
      { error: { code: 'api_key_expired', message: 'Expired API Key provided: rk_live_***nary', type: 'invalid_request_error' } },
      refused('unauthorized', 'service_refused_credentials', 401),
    ],
    [
      'takes a restricted key that may not read the account',
      403,
      { error: { message: mayNot, type: 'invalid_request_error' } },
      accepted({ limited: true }),
    ],
    ['is not what answers', 403, '<html>Blocked by your organization</html>', refused('forbidden', 'service_denied_access', 403)],
    ['is not what answers in JSON', 403, { error: 'forbidden' }, refused('forbidden', 'service_denied_access', 403)],
    ['answers with something else', 200, { object: 'list', data: [] }, refused('unexpected', 'unexpected_body', 200, 'account_id')],
    ['answers with another kind of id', 200, { id: 'account_1' }, refused('unexpected', 'unexpected_body', 200, 'account_id')],
    [
      'is asked too often',
      429,
      { error: { code: 'rate_limit', message: 'Too many requests', type: 'invalid_request_error' } },
      refused('unexpected', 'unexpected_status', 429),
    ],
    [
      'has trouble of its own',
      500,
      { error: { type: 'api_error', message: 'An error occurred' } },
      refused('unexpected', 'unexpected_status', 500),
    ],
  ])('%s (%i)', async (_, status, body, outcome) => {
    expect((await verified(stripe, { status, body })).outcome).toEqual(outcome);
  });
});

// https://docs.github.com/en/rest/users/users#get-the-authenticated-user
const user = { login: 'octocat', id: 583231, node_id: 'MDQ6VXNlcjU4MzIzMQ==', type: 'User', name: 'monalisa octocat', email: null };

describe('GitHub', () => {
  it.each([
    ['names the user', 200, user, accepted({ account: { id: '583231', label: 'octocat' } })],
    [
      'does not know the token',
      401,
      { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
      refused('unauthorized', 'service_refused_credentials', 401),
    ],
    [
      'has suspended the user',
      403,
      { message: 'Sorry. Your account was suspended.', documentation_url: 'https://docs.github.com/rest' },
      refused('forbidden', 'service_denied_access', 403),
    ],
    [
      'is asked too often',
      403,
      { message: 'API rate limit exceeded for user ID 583231.', documentation_url: 'https://docs.github.com/rest' },
      refused('unexpected', 'unexpected_status', 403),
    ],
    [
      'is asked too fast',
      403,
      { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' },
      refused('unexpected', 'unexpected_status', 403),
    ],
    [
      'does not look at tokens after several wrong ones',
      403,
      { message: 'Maximum number of login attempts exceeded. Please try again later.' },
      refused('unexpected', 'unexpected_status', 403),
    ],
    ['is asked too often and says so by the status', 429, { message: 'API rate limit' }, refused('unexpected', 'unexpected_status', 429)],
    ['answers with something else', 200, { message: 'hello' }, refused('unexpected', 'unexpected_body', 200, 'user_id')],
  ])('%s (%i)', async (_, status, body, outcome) => {
    expect((await verified(github, { status, body })).outcome).toEqual(outcome);
  });

  it('is told the version of its API and who asks', async () => {
    const { heard } = await verified(github, { status: 200, body: user });
    expect(heard[0]?.headers).toMatchObject({
      accept: 'application/vnd.github+json',
      'user-agent': 'Patchbay',
      'x-github-api-version': '2026-03-10',
    });
  });
});

// https://shopify.dev/docs/api/admin-graphql#status_and_error_codes
describe('Shopify', () => {
  const cost = { requestedQueryCost: 1, throttleStatus: { maximumAvailable: 2000, currentlyAvailable: 1999, restoreRate: 100 } };

  it.each([
    [
      'names the shop',
      200,
      { data: { shop: { id: 'gid://shopify/Shop/1234567', name: 'Acme Outdoor' } }, extensions: { cost } },
      accepted({ account: { id: 'gid://shopify/Shop/1234567', label: 'Acme Outdoor' } }),
    ],
    [
      'does not know the token',
      401,
      { errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' },
      refused('unauthorized', 'service_refused_credentials', 401),
    ],
    [
      'wants the merchant to approve',
      403,
      { errors: '[API] This action requires merchant approval.' },
      refused('forbidden', 'service_denied_access', 403),
    ],
    [
      'is asked too often, which GraphQL says under 200',
      200,
      { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }], extensions: { cost } },
      refused('unexpected', 'unexpected_body', 200, 'shop_id'),
    ],
    [
      'denies the field',
      200,
      { data: { shop: null }, errors: [{ message: 'Access denied for shop field.', extensions: { code: 'ACCESS_DENIED' } }] },
      refused('unexpected', 'unexpected_body', 200, 'shop_id'),
    ],
    ['has frozen the shop', 402, { errors: 'Unavailable Shop' }, refused('unexpected', 'unexpected_status', 402)],
    ['has no such shop', 404, { errors: 'Not Found' }, refused('unexpected', 'unexpected_status', 404)],
    ['has locked the shop', 423, { errors: 'Locked' }, refused('unexpected', 'unexpected_status', 423)],
  ])('%s (%i)', async (_, status, body, outcome) => {
    expect((await verified(shopify, { status, body })).outcome).toEqual(outcome);
  });

  it('keeps the token of one shop from all others', () => {
    const definition = connectorOf('shopify')!;
    const { pattern, maxLength } = fieldsOf(definition, 'api_key')!.find(({ name }) => name === 'shop')!;
    const shops = fc.stringMatching(new RegExp(pattern!, 'u')).filter((shop) => shop.length <= maxLength);
    fc.assert(
      fc.property(shops, (shop) => {
        expect(originOf(definition, { settings: { shop } })).toBe(`https://${shop}.myshopify.com:443`);
      }),
    );
  });
});

describe.each([stripe, github, shopify].map((service) => [service.key, service] as const))('a key for %s', (_, service) => {
  const [header, carried] = service.carriedBy;
  const secret = Object.values(service.credentials)[0]!;

  it('travels in one header of one request, to the service’s own origin', async () => {
    const { heard, reached } = await verified(service, { status: 200, body: {} });
    const { host, ...request } = service.request;
    expect(heard).toEqual([{ ...request, headers: expect.objectContaining({ host, [header]: carried }) }]);
    expect(reached).toEqual([`https://${host}:443`]);
    expect(originOf(connectorOf(service.key)!, service)).toBe(`https://${host}:443`);
    const { [header]: _carried, ...others } = heard[0]!.headers;
    expect(JSON.stringify([{ ...heard[0], headers: others }])).not.toContain(secret);
  });

  it.each([301, 302, 303, 307, 308])('is not carried to another origin by a redirect (%i)', async (status) => {
    const { outcome, heard, reached } = await verified(service, {
      status,
      body: '',
      headers: { location: 'https://elsewhere.example.com/' },
    });
    expect(outcome).toEqual({ accepted: false, category: 'unexpected', detail: { code: 'redirect_not_allowed' } });
    expect([heard.length, reached]).toEqual([1, [`https://${service.request.host}:443`]]);
  });

  it('is not kept as an account when the service echoes it', async () => {
    const echo = {
      id: `acct_${secret}`,
      login: secret,
      settings: { dashboard: { display_name: secret } },
      data: { shop: { id: secret, name: secret } },
    };
    const { outcome } = await verified(service, { status: 200, body: echo, headers: { 'x-echo': secret } });
    expect(outcome).toEqual(accepted({}));
    expect(inspect(outcome, { depth: 9, showHidden: true })).not.toContain(secret);
  });
});

interface Service {
  readonly key: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, string>>;
  readonly request: { readonly method: string; readonly url: string; readonly host: string; readonly body: string };
  readonly carriedBy: readonly [header: string, value: string];
}

interface Answer {
  readonly status: number;
  readonly body: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Verifies a key against a stand-in on loopback: the name resolves to it, and the connection to port 443 ends there, without TLS. */
async function verified(
  { key, settings, credentials }: Service,
  { status, body, headers = {} }: Answer,
): Promise<{ outcome: HttpVerificationOutcome; heard: Heard[]; reached: string[] }> {
  const heard: Heard[] = [];
  const standIn = await listening(
    createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers: sent } = request;
        heard.push({ method, url, headers: sent, body: Buffer.concat(chunks).toString() });
        response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    }),
  );
  running.push(standIn);

  const reached: string[] = [];
  const connect: Connect = async ({ url, port }) => {
    reached.push(`${url.protocol}//${url.hostname}:${port}`);
    const socket = connectTcp(standIn.port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  const policy = OutboundPolicy.from({ allowedCidrs: ['127.0.0.0/8'], ownEndpoints: [] });
  const outcome = await verifyOverHttp({
    definition: connectorOf(key)!,
    authType: 'api_key',
    settings,
    credentials: Secret.of(JSON.stringify(credentials)),
    http: new GuardedHttp({ policy, resolve: () => Promise.resolve(['127.0.0.1']), connect }),
    bulkheads: new HostBulkheads(),
    signal: AbortSignal.timeout(15_000),
  });
  return { outcome, heard, reached };
}
