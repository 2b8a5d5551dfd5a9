import { connectorOf } from './catalog';
import type { Field } from './field';
import { fieldsOf } from './fields-of';

/** What the entered value is taken for: right, mistaken with a cure, or just not written as it should be. */
function verdict(connector: string, fieldName: string, value: string): string {
  const { pattern, wrong = [] }: Field = fieldsOf(connectorOf(connector)!, 'api_key')!.find(({ name }) => name === fieldName)!;
  const mistake = wrong.find((known) => new RegExp(known.pattern, 'u').test(value));
  if (mistake) return mistake.message;
  return pattern === undefined || new RegExp(pattern, 'u').test(value) ? 'right' : 'not as it should be';
}

describe('a value taken for the right one', () => {
  it.each([
    ['stripe', 'apiKey', 'pk_live_51Ha', 'publishable key: use the secret key'],
    ['stripe', 'apiKey', 'pk_test_51Ha', 'publishable key: use the secret key'],
    ['stripe', 'apiKey', 'whsec_a1', 'signs webhooks'],
    ['stripe', 'apiKey', 'sk_org_live_a1', 'create a key in the one account'],
    ['stripe', 'apiKey', 'acct_1Nv0', 'is an id and no key'],
    ['stripe', 'apiKey', 'sk_live_…x7Qd', 'copy all of it'],
    ['stripe', 'apiKey', 'rk_live_51H****x7Qd', 'copy all of it'],
    ['stripe', 'apiKey', 'Bearer sk_live_51Ha', 'without “Bearer ”'],
    ['stripe', 'apiKey', 'sk_live_51Ha\n', 'line end around the key'],
    ['github', 'token', 'gho_a1', 'create a personal access token'],
    ['github', 'token', 'ghu_a1', 'create a personal access token'],
    ['github', 'token', 'ghs_a1', 'create a personal access token'],
    ['github', 'token', 'ghr_a1', 'create a personal access token'],
    ['github', 'token', '0123456789abcdef0123456789abcdef01234567', 'client secret'],
    ['github', 'token', ' ghp_a1', 'space or a line end'],
    ['shopify', 'accessToken', 'shpss_a1', 'is the app’s secret: use its Admin API access token'],
    ['shopify', 'accessToken', 'shprt_a1', 'use the Admin API access token'],
    ['shopify', 'accessToken', '0123456789abcdef0123456789abcdef', 'client id'],
    ['shopify', 'shop', 'acme-outdoor.myshopify.com', 'Enter only what stands before'],
    ['shopify', 'shop', 'https://admin.shopify.com/store/acme-outdoor', 'Enter only what stands before'],
    ['shopify', 'shop', 'shop.acme.example', 'Enter only what stands before'],
    ['shopify', 'shop', 'Acme', 'small letters'],
  ])('by people who connect %s comes with its cure: %s %j', (connector, field, value, cure) => {
    expect(verdict(connector, field, value)).toContain(cure);
  });

  it.each([
    ['stripe', 'apiKey', 'sk_prod_51Ha'],
    ['stripe', 'apiKey', 'sk_live_51 Ha'],
    ['github', 'token', 'ghp_a1?x'],
    ['github', 'token', 'hunter2'],
    ['shopify', 'accessToken', 'shpat_'],
    ['shopify', 'shop', '-acme'],
    ['shopify', 'shop', 'acme-'],
    ['shopify', 'shop', 'acme@evil'],
    ['shopify', 'shop', 'ácme'],
  ])('of %s is refused without one when nobody knows it: %s %j', (connector, field, value) => {
    expect(verdict(connector, field, value)).toBe('not as it should be');
  });

  it.each([
    ['stripe', 'apiKey', 'sk_live_51Ha'],
    ['stripe', 'apiKey', 'rk_test_51Ha_b'],
    ['github', 'token', 'ghp_a1'],
    ['github', 'token', 'github_pat_11A_b2'],
    ['shopify', 'accessToken', 'shpat_a1'],
    ['shopify', 'accessToken', 'shpca_a1'],
    ['shopify', 'shop', 'a'],
    ['shopify', 'shop', '0-acme-outdoor'],
  ])('is not what the right one is: %s %s %j', (connector, field, value) => {
    expect(verdict(connector, field, value)).toBe('right');
  });
});
