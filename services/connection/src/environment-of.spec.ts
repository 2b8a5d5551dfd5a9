import { connectorOf } from '#connectors';
import { environmentOf } from './environment-of';

const stripe = connectorOf('stripe')!;
const unlabelled = { labelled: undefined, allowMismatch: false };
const signsOf = (apiKey: string) => ({ settings: {}, credentials: { apiKey } });

describe('the environment of a connection', () => {
  it.each([
    ['sk_live_51Ha', 'production'],
    ['rk_live_51Ha', 'production'],
    ['sk_test_51Ha', 'sandbox'],
    ['rk_test_51Ha', 'sandbox'],
  ])('follows from the beginning of the key %s', (apiKey, environment) => {
    expect(environmentOf(stripe, signsOf(apiKey), unlabelled)).toBe(environment);
  });

  it('is refused when it is labelled otherwise, unless that is meant', () => {
    const mistaken = { labelled: 'production' as const, allowMismatch: false };
    const problems = [expect.objectContaining({ pointer: '/environment', reason: 'mismatch' })];
    expect(() => environmentOf(stripe, signsOf('sk_test_51Ha'), mistaken)).toThrow(
      expect.objectContaining({ reason: 'EnvironmentDoesNotMatch', problems }),
    );
    expect(environmentOf(stripe, signsOf('sk_test_51Ha'), { ...mistaken, allowMismatch: true })).toBe('production');
    expect(environmentOf(stripe, signsOf('sk_live_51Ha'), mistaken)).toBe('production');
  });

  it.each(['github', 'shopify'])('is the label alone where nothing of %s tells it', (key) => {
    const signs = { settings: { shop: 'acme' }, credentials: { token: 'ghp_a1', accessToken: 'shpat_a1' } };
    expect(environmentOf(connectorOf(key)!, signs, unlabelled)).toBeUndefined();
    expect(environmentOf(connectorOf(key)!, signs, { labelled: 'sandbox', allowMismatch: false })).toBe('sandbox');
  });
});
