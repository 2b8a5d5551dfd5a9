import { Guard } from './guard';
import { admitIssuerMetadata } from './issuer-metadata';
import { OutboundPolicy } from './outbound-policy';

const issuer = 'https://as.example.com';
const guard = new Guard(OutboundPolicy.from({ allowedCidrs: [], ownEndpoints: [] }), () => Promise.resolve(['93.184.215.14']));

describe('the metadata of an authorization server', () => {
  it('may name endpoints at other public hosts', async () => {
    const metadata = { issuer, token_endpoint: 'https://oauth2.example.net/token', scopes_supported: ['read'] };
    await expect(admitIssuerMetadata(guard, issuer, metadata)).resolves.toBeUndefined();
  });

  it.each([
    ['is of another issuer', { issuer: 'https://other.example.com' }],
    ['is of almost the same issuer', { issuer: `${issuer}/` }],
    ['names no issuer', { issuer: undefined }],
    ['names an inner address', { token_endpoint: 'https://10.0.0.1/token' }],
    ['names an address in clear', { revocation_endpoint: 'http://as.example.com/revoke' }],
    ['names an inner address under mutual TLS', { mtls_endpoint_aliases: { token_endpoint: 'https://10.0.0.1/token' } }],
    ['has something else in place of an address', { jwks_uri: { keys: [] } }],
  ])('is refused when it %s', async (_, change) => {
    const metadata = { issuer, token_endpoint: `${issuer}/token`, ...change };
    await expect(admitIssuerMetadata(guard, issuer, metadata)).rejects.toMatchObject({ code: 'endpoint_not_allowed' });
  });
});
