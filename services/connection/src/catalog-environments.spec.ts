import { connectorOf } from '#connectors';
import { environmentOf } from './environment-of';

const unlabelled = { labelled: undefined, allowMismatch: false };

describe('the environment that a connector of the catalog tells', () => {
  it.each([
    ['sk_live_51Ha', 'production'],
    ['rk_live_51Ha', 'production'],
    ['sk_test_51Ha', 'sandbox'],
    ['rk_test_51Ha', 'sandbox'],
  ] as const)('is that of the Stripe key %s, and no label makes it another', (apiKey, environment) => {
    const signs = { settings: {}, credentials: { apiKey } };
    expect(environmentOf(connectorOf('stripe')!, signs, unlabelled)).toBe(environment);
    const mistaken = { labelled: environment === 'sandbox' ? 'production' : 'sandbox', allowMismatch: false } as const;
    expect(() => environmentOf(connectorOf('stripe')!, signs, mistaken)).toThrow('EnvironmentDoesNotMatch');
  });

  it.each(['github', 'shopify'])('is the label alone where nothing of %s tells it', (key) => {
    const signs = { settings: { shop: 'acme' }, credentials: { token: 'ghp_a1', accessToken: 'shpat_a1' } };
    expect(environmentOf(connectorOf(key)!, signs, unlabelled)).toBeUndefined();
    expect(environmentOf(connectorOf(key)!, signs, { labelled: 'sandbox', allowMismatch: false })).toBe('sandbox');
  });
});
