import { bearerPrefix, surroundingSpace } from '../copying-mistakes';
import type { ConnectorDefinition } from '../definition';

/**
 * A personal access token for github.com, fine-grained or classic
 * (https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens). The beginnings of all
 * kinds of tokens: https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
 */
export const github: ConnectorDefinition = {
  key: 'github',
  version: 1,
  name: 'GitHub',
  categories: ['dev-tools'],
  icon: 'github',
  docsUrl: 'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens',
  status: 'available',
  connection: 'required',
  environments: [],
  serviceUrl: { fixed: 'https://api.github.com' },
  settings: [],
  authMethods: [
    {
      authType: 'api_key',
      recommended: true,
      setup: [
        'GitHub → Settings → Developer settings → Personal access tokens → Fine-grained tokens → Generate new token',
        'Choose the repositories and permissions that the workflows need, and an expiry',
        'Copy the token at once: GitHub shows it only now',
      ],
      requestedScopes: [],
      fields: [
        {
          name: 'token',
          in: 'credentials',
          label: 'Personal access token',
          secret: true,
          required: true,
          type: 'string',
          pattern: '^(?:ghp|github_pat)_[A-Za-z0-9_]+$',
          wrong: [
            bearerPrefix,
            surroundingSpace,
            { pattern: '^gh[ou]_', message: 'This token belongs to an app that somebody signed in to: create a personal access token.' },
            { pattern: '^ghs_', message: 'This token of an app or a workflow run is gone within hours: create a personal access token.' },
            { pattern: '^ghr_', message: 'This only renews another token: create a personal access token.' },
            {
              pattern: '^[0-9a-f]{40}$',
              message: 'This is a client secret, or a token from before 2021: create a new personal access token.',
            },
          ],
          prefixes: ['ghp_', 'github_pat_'],
          maxLength: 255, // https://github.blog/changelog/2021-03-31-authentication-token-format-updates-are-generally-available
          help: 'Begins with github_pat_ (fine-grained) or ghp_ (classic). When the token expires, enter that date, too.',
          example: 'github_pat_11EXAMPLE',
        },
      ],
      placements: [{ kind: 'headers', headers: { Authorization: 'Bearer {token}' } }],
    },
  ],
  verification: {
    kind: 'http',
    checks: [
      {
        method: 'GET',
        path: '/user', // https://docs.github.com/en/rest/users/users#get-the-authenticated-user
        // https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#headers; the User-Agent it asks for is always sent
        headers: { Accept: 'application/vnd.github+json', 'X-GitHub-Api-Version': '2026-03-10' },
        followRedirects: true,
        statuses: {
          // Under 403, too: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors, and after several
          // wrong tokens right ones as well: https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#failed-login-limit
          throttled: [
            { status: 403, rules: [{ name: 'rate_limit', path: 'message', contains: 'rate limit' }] },
            { status: 403, rules: [{ name: 'login_attempts', path: 'message', contains: 'login attempts' }] },
          ],
          unauthorized: [401],
          forbidden: [403],
          accepted: [200],
        },
        rules: [{ name: 'user_id', path: 'id', present: true }],
        account: { id: 'id', label: 'login' },
      },
    ],
  },
  verifies: 'GET /user names the user. Which repositories and permissions the token has does not show there',
  refreshes: false,
};
