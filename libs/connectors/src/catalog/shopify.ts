import { surroundingSpace } from '../copying-mistakes';
import type { ConnectorDefinition } from '../definition';

/**
 * An access token of the Admin API of one shop
 * (https://shopify.dev/docs/apps/build/authentication-authorization/access-token-types/generate-app-access-tokens-admin).
 * Beginnings of tokens: https://shopify.dev/changelog/length-of-the-shopify-access-token-is-increasing
 */
export const shopify: ConnectorDefinition = {
  key: 'shopify',
  version: 1,
  name: 'Shopify',
  categories: ['ecommerce'],
  icon: 'shopify',
  docsUrl: 'https://shopify.dev/docs/apps/build/authentication-authorization/access-token-types/generate-app-access-tokens-admin',
  status: 'available',
  connection: 'required',
  environments: [], // neither a shop's name nor its tokens tell a development store
  serviceUrl: { fixed: 'https://{shop}.myshopify.com' },
  settings: [
    {
      name: 'shop',
      in: 'settings',
      label: 'Shop',
      secret: false,
      required: true,
      type: 'string',
      pattern: '^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$',
      wrong: [
        { pattern: '[./:]', message: 'Enter only what stands before “.myshopify.com”: no address, and not the shop’s own domain.' },
        { pattern: '[A-Z]', message: 'Enter the shop’s name in small letters.' },
      ],
      maxLength: 63,
      help: 'The name before “.myshopify.com”, as Shopify admin → Settings → Domains shows it.',
      example: 'acme-outdoor',
    },
  ],
  authMethods: [
    {
      authType: 'api_key',
      recommended: true,
      setup: [
        'Shopify admin → Settings → Apps → Develop apps: open the app, or ask whoever runs it for a token of this shop',
        'API credentials → Admin API access token → Reveal token once: Shopify shows it only now',
        'For apps of the Dev Dashboard, whose tokens expire, enter the expiry with the token',
      ],
      requestedScopes: [],
      fields: [
        {
          name: 'accessToken',
          in: 'credentials',
          label: 'Admin API access token',
          secret: true,
          required: true,
          type: 'string',
          pattern: '^shp(?:at|ca|pa)_[A-Za-z0-9_]+$',
          wrong: [
            surroundingSpace,
            {
              // https://shopify.dev/changelog/app-secret-key-length-has-increased
              pattern: '^shpss_',
              message: 'This is the app’s secret: use its Admin API access token (shpat_…), shown when the app is installed.',
            },
            { pattern: '^shprt_', message: 'This only renews another token: use the Admin API access token (shpat_…).' },
            {
              pattern: '^[0-9a-f]{32}$',
              message: 'This is the app’s client id or a token of the Storefront API: use the Admin API access token (shpat_…).',
            },
          ],
          prefixes: ['shpat_', 'shpca_', 'shppa_'],
          maxLength: 255,
          help: 'Begins with shpat_ (or, when it is older, shpca_ or shppa_) and opens this one shop.',
          example: 'shpat_0example',
        },
      ],
      placements: [{ kind: 'headers', headers: { 'X-Shopify-Access-Token': '{accessToken}' } }],
    },
  ],
  verification: {
    kind: 'http',
    checks: [
      {
        method: 'POST',
        path: '/admin/api/2026-10/graphql.json', // https://shopify.dev/docs/api/usage/versioning: once retired, answered as the oldest that is not
        body: { query: '{ shop { id name } }' }, // https://shopify.dev/docs/api/admin-graphql/latest/queries/shop
        followRedirects: true,
        statuses: { unauthorized: [401], forbidden: [403], accepted: [200] }, // https://shopify.dev/docs/api/usage/response-codes
        rules: [{ name: 'shop_id', path: 'data.shop.id', present: true }], // GraphQL answers 200 to what it does not answer, too
        account: { id: 'data.shop.id', label: 'data.shop.name' },
      },
    ],
  },
  verifies:
    'POST of the query { shop { id name } } to the GraphQL Admin API names the shop. Which access scopes the token has does not show there',
  refreshes: false,
};
