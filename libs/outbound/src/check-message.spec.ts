import fc from 'fast-check';
import { connectorOf } from '#connectors';
import { checkMessage } from './check-message';
import { OutboundDenied } from './outbound-denied';

const check = connectorOf('http')!.verification!.checks.at(-1)!;
const urlFor = (service: string, verificationPath: string): string =>
  checkMessage(check, new URL(service), new Map([['verificationPath', verificationPath]]), {}, { kind: 'none' }).url;

describe('the URL of a check', () => {
  it('is the path behind the path of the service URL', () => {
    expect(urlFor('https://orders.example.com', '/whoami?full=1')).toBe('https://orders.example.com/whoami?full=1');
    expect(urlFor('https://orders.example.com/v2/', '/whoami')).toBe('https://orders.example.com/v2/whoami');
    expect(urlFor('https://orders.example.com/v2?x=1', '')).toBe('https://orders.example.com/v2?x=1');
  });

  it('stays at the service, whatever path was entered', () => {
    const hostile = fc.constantFrom(
      '.evil.com/',
      '@evil.com/',
      ':8443/',
      '//evil.com/',
      '\\evil.com',
      'https://evil.com/',
      '/../../..',
      '?',
      '#',
    );
    const service = fc.constantFrom('https://orders.example.com', 'https://orders.example.com/v2', 'http://10.20.3.4:3000/');
    fc.assert(
      fc.property(service, fc.oneof(hostile, fc.string({ unit: 'binary', minLength: 1 })), (place, path) => {
        try {
          expect(URL.parse(urlFor(place, path))?.origin).toBe(new URL(place).origin);
        } catch (error) {
          expect(error).toBeInstanceOf(OutboundDenied);
        }
      }),
    );
  });
});
