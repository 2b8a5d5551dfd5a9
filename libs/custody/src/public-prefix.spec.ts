import { connectorOf, fieldsOf, type Field } from '#connectors';
import { publicPrefix } from './public-prefix';

const field = (name: string, prefixes?: string[]): Field => ({
  name,
  in: 'credentials',
  label: name,
  secret: true,
  required: true,
  type: 'string',
  maxLength: 100,
  help: name,
  example: name,
  ...(prefixes && { prefixes }),
});

describe('the public prefix of a credential', () => {
  it.each([
    ['the beginning that is declared', ['sk_live_', 'sk_test_'], 'sk_live_51H', 'sk_live_…'],
    ['the longest of those that fit', ['sk_', 'sk_live_'], 'sk_live_51H', 'sk_live_…'],
    ['nothing of a credential that begins otherwise', ['sk_live_'], 'rk_live_51H', undefined],
    ['nothing where it would be the whole', ['sk_live_'], 'sk_live_', undefined],
    ['nothing that is not declared', undefined, 'sk_live_51H', undefined],
  ])('is %s', (_, prefixes, value, shown) => {
    expect(publicPrefix([field('apiKey', prefixes)], { apiKey: value })).toBe(shown);
  });

  it.each([
    ['stripe', { apiKey: 'sk_live_51Ha' }, 'sk_live_…'],
    ['stripe', { apiKey: 'rk_test_51Ha' }, 'rk_test_…'],
    ['github', { token: 'ghp_a1' }, 'ghp_…'],
    ['github', { token: 'github_pat_11A_b2' }, 'github_pat_…'],
    ['shopify', { accessToken: 'shpat_a1' }, 'shpat_…'],
    ['http', { apiKey: 'sk_live_51Ha' }, undefined],
  ])('is what the connector %s declares', (key, credentials, shown) => {
    expect(publicPrefix(fieldsOf(connectorOf(key)!, 'api_key')!, credentials)).toBe(shown);
  });

  it('is that of the first field that has one', () => {
    expect(publicPrefix([field('user'), field('key', ['k_'])], { user: 'ada', key: 'k_1' })).toBe('k_…');
  });
});
