import { connectorOf } from './catalog';
import { ConnectorDefinition } from './definition';
import { BodyRule } from './http-verification';

const http = connectorOf('http')!;
const problemsOf = (definition: unknown): string[] =>
  (ConnectorDefinition.safeParse(definition).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('the schema of a definition', () => {
  it.each([
    ['a docs link that is not https', { docsUrl: 'http://docs.example.com' }],
    ['a fixed service URL that is not https', { serviceUrl: { fixed: 'http://api.example.com' } }],
    ['an unknown member', { notes: '' }],
    ['a version that is no number of releases', { version: 0 }],
    ['a secret among the settings', { settings: [{ ...http.settings[1], secret: true }] }],
    ['a broken pattern', { settings: [{ ...http.settings[1], pattern: '(' }] }],
    ['a choice without choices', { settings: [{ ...http.settings[1], type: 'choice' }] }],
    ['a map that does not say how many', { settings: [{ ...http.settings[0], maxEntries: undefined }] }],
  ])('refuses %s', (_, change) => {
    expect(problemsOf(http)).toEqual([]);
    expect(problemsOf({ ...http, ...change })).not.toEqual([]);
  });

  it.each([[{ path: 'id' }], [{ path: 'id', present: true, startsWith: 'acct_' }]])('refuses a body rule with %j', (rule) => {
    expect(BodyRule.safeParse({ name: 'account_id', ...rule }).success).toBe(false);
  });

  it('can say what services with odd answers need', () => {
    const { authMethods, verification: _, ...rest } = http;
    const key = authMethods[0]!;
    const odd = {
      ...rest,
      key: 'odd',
      serviceUrl: { fixed: 'https://{shop}.example.com' },
      environments: [{ key: 'sandbox', prefixes: { apiKey: ['sk_test_'] } }],
      authMethods: [
        {
          ...key,
          fields: [{ ...key.fields[0], prefixes: ['sk_live_', 'sk_test_'], wrong: [{ pattern: '^pk_', message: 'Use the secret key.' }] }],
          placements: [{ kind: 'headers', headers: { 'X-Access-Token': '{apiKey}' } }],
        },
      ],
      verification: {
        kind: 'http',
        checks: [
          {
            when: { authType: 'api_key' },
            method: 'POST',
            path: '/graphql.json',
            headers: { 'Api-Version': '2026-01' },
            body: { query: '{ shop { id name } }' },
            followRedirects: false,
            statuses: {
              throttled: [{ status: 403, rules: [{ name: 'rate_limit', path: 'message', contains: 'rate limit' }] }],
              limited: [{ status: 403, rules: [{ name: 'json_error', path: 'error.type', present: true }] }],
              unauthorized: [401],
              forbidden: [403],
              accepted: [200],
            },
            rules: [
              { name: 'ok', path: 'ok', equals: true, otherwise: 'unauthorized' },
              { name: 'no_errors', path: 'errors', absent: true },
              { name: 'account', path: 'data.shop.id', startsWith: 'gid://' },
            ],
            account: { id: 'data.shop.id', label: 'data.shop.name' },
          },
        ],
      },
    };
    expect(problemsOf(odd)).toEqual([]);
  });
});
