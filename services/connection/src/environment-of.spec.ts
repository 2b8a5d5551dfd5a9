import { connectorOf, type ConnectorDefinition } from '#connectors';
import { environmentOf } from './environment-of';

const definition: ConnectorDefinition = {
  ...connectorOf('http')!,
  environments: [
    { key: 'production', prefixes: { apiKey: ['sk_live_'] } },
    { key: 'sandbox', prefixes: { apiKey: ['sk_test_', 'rk_test_'] } },
  ],
};
const signs = (apiKey: string) => ({ settings: {}, credentials: { apiKey } });

describe('the environment of a connection', () => {
  it.each([
    ['sk_live_1', 'production'],
    ['rk_test_1', 'sandbox'],
    ['k_1', undefined],
  ])('is told from what is entered: %s', (apiKey, environment) => {
    expect(environmentOf(definition, signs(apiKey), { labelled: undefined, allowMismatch: false })).toBe(environment);
  });

  it('is the one that was labelled where what is entered says nothing', () => {
    expect(environmentOf(definition, signs('k_1'), { labelled: 'sandbox', allowMismatch: false })).toBe('sandbox');
    expect(environmentOf(connectorOf('http')!, signs('sk_live_1'), { labelled: 'sandbox', allowMismatch: false })).toBe('sandbox');
  });

  it('is refused where what is entered belongs to another, unless that is allowed', () => {
    expect(() => environmentOf(definition, signs('sk_live_1'), { labelled: 'sandbox', allowMismatch: false })).toThrow(
      'EnvironmentDoesNotMatch',
    );
    expect(environmentOf(definition, signs('sk_live_1'), { labelled: 'sandbox', allowMismatch: true })).toBe('sandbox');
  });

  it('is told from service URL and settings, too, all of which must fit', () => {
    const shop: ConnectorDefinition = {
      ...definition,
      environments: [{ key: 'sandbox', serviceUrl: '^https://test\\.', settings: { store: '-dev$' } }],
    };
    const environment = (serviceUrl: string, store: string) =>
      environmentOf(shop, { serviceUrl, settings: { store }, credentials: {} }, { labelled: undefined, allowMismatch: false });
    expect(environment('https://test.example.com', 'acme-dev')).toBe('sandbox');
    expect(environment('https://test.example.com', 'acme')).toBeUndefined();
    expect(environment('https://example.com', 'acme-dev')).toBeUndefined();
  });
});
