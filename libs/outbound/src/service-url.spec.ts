import fc from 'fast-check';
import { connectorOf, type ConnectorDefinition } from '#connectors';
import { OutboundDenied } from './outbound-denied';
import { originOf } from './service-url';

const http = connectorOf('http')!;
const shop: ConnectorDefinition = {
  ...http,
  serviceUrl: { fixed: 'https://{shop}.example.com/admin' },
  settings: [{ ...http.settings.find(({ name }) => name === 'accountIdPath')!, name: 'shop' }],
};

describe('the origin that a credential is bound to', () => {
  it.each([
    ['https://Orders.Example.com/v2?x=1', 'https://orders.example.com:443'],
    ['http://10.20.3.4:3000', 'http://10.20.3.4:3000'],
    ['https://0x7f.1', 'https://127.0.0.1:443'],
    ['https://[2001:4860:4860:0::8888]:8443', 'https://[2001:4860:4860::8888]:8443'],
  ])('of %s is %s', (serviceUrl, origin) => {
    expect(originOf(http, { serviceUrl, settings: {} })).toBe(origin);
  });

  it('is none where there is no service', () => {
    expect(originOf(connectorOf('date')!, { settings: {} })).toBeNull();
    expect(originOf(http, { settings: {} })).toBeNull();
  });

  it('follows from the settings where the definition says so', () => {
    expect(originOf(shop, { settings: { shop: 'acme-eu' } })).toBe('https://acme-eu.example.com:443');
  });

  it('stays below the definition’s own domain, whatever is entered', () => {
    const hostile = fc.constantFrom('evil.com/', 'evil.com#', 'a@evil.com', 'evil.com\\', 'evil.com:1/', '..', '', '%2f', 'a.b');
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' }), fc.webAuthority()), (entered) => {
        try {
          expect(originOf(shop, { settings: { shop: entered } })).toMatch(/^https:\/\/[^/@:]*\.example\.com:443$/);
        } catch (error) {
          expect(error).toBeInstanceOf(OutboundDenied);
        }
      }),
    );
  });

  it.each(['https://user:pw@orders.example.com', 'ftp://orders.example.com', 'orders.example.com', 'https://orders.example.com\n'])(
    'of %j cannot be told',
    (serviceUrl) => {
      expect(() => originOf(http, { serviceUrl, settings: {} })).toThrow(OutboundDenied);
    },
  );
});
