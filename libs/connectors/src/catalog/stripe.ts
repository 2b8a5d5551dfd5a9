import { bearerPrefix, surroundingSpace } from '../copying-mistakes';
import type { ConnectorDefinition } from '../definition';

/**
 * A secret key, or a restricted one (https://docs.stripe.com/keys, https://docs.stripe.com/keys/restricted-api-keys). Its beginning says in
 * which environment it works: `live` moves money, `test` belongs to a sandbox.
 */
export const stripe: ConnectorDefinition = {
  key: 'stripe',
  version: 1,
  name: 'Stripe',
  categories: ['payments'],
  icon: 'stripe',
  docsUrl: 'https://docs.stripe.com/keys',
  status: 'available',
  connection: 'required',
  environments: [
    { key: 'production', prefixes: { apiKey: ['sk_live_', 'rk_live_'] } },
    { key: 'sandbox', prefixes: { apiKey: ['sk_test_', 'rk_test_'] } },
  ],
  serviceUrl: { fixed: 'https://api.stripe.com' },
  settings: [],
  authMethods: [
    {
      authType: 'api_key',
      recommended: true,
      setup: [
        'Stripe Dashboard → Developers → API keys, in the account or sandbox to connect',
        'Create a restricted key with the permissions that the workflows need (or take the secret key)',
        'Reveal the key and copy all of it',
      ],
      requestedScopes: [],
      fields: [
        {
          name: 'apiKey',
          in: 'credentials',
          label: 'Secret or restricted key',
          secret: true,
          required: true,
          type: 'string',
          pattern: '^(?:sk|rk)_(?:live|test)_[!-~]+$',
          wrong: [
            bearerPrefix,
            surroundingSpace,
            { pattern: '^pk_', message: 'This is a publishable key: use the secret key (sk_…) or a restricted key (rk_…).' },
            {
              pattern: '^whsec_',
              message: 'This signs webhooks and opens nothing: use the secret key (sk_…) or a restricted key (rk_…).',
            },
            {
              // https://docs.stripe.com/keys/organization-api-keys: it works with a Stripe-Context header only
              pattern: '^sk_org_',
              message: 'This is the key of an organization: create a key in the one account to connect.',
            },
            { pattern: '^(?:acct|ca)_', message: 'This is an id and no key: use the secret key (sk_…) or a restricted key (rk_…).' },
            { pattern: '[*…•]', message: 'This is the shortened key as lists show it: reveal it in the Dashboard and copy all of it.' },
          ],
          prefixes: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'],
          maxLength: 512,
          help: 'Begins with sk_ or rk_. A restricted key can do less harm in wrong hands.',
          example: 'rk_test_51Hexample',
        },
      ],
      placements: [{ kind: 'headers', headers: { Authorization: 'Bearer {apiKey}' } }], // https://docs.stripe.com/api/authentication
    },
  ],
  verification: {
    kind: 'http',
    checks: [
      {
        method: 'GET',
        path: '/v1/account', // https://docs.stripe.com/api/accounts/retrieve: without an id it is the key's own account
        followRedirects: true,
        // https://docs.stripe.com/api/errors: 401 is no valid key, one from an address that is not on its list among them; 403 a valid one that may not do this.
        statuses: {
          limited: [{ status: 403, rules: [{ name: 'json_error', path: 'error.type', present: true }] }],
          unauthorized: [401],
          forbidden: [403],
          accepted: [200],
        },
        rules: [{ name: 'account_id', path: 'id', startsWith: 'acct_' }],
        account: { id: 'id', label: 'settings.dashboard.display_name' },
      },
    ],
  },
  verifies:
    'GET /v1/account names the account. A restricted key that may not read it is accepted, too, as limited: what it may do shows when it is used',
  refreshes: false,
};
