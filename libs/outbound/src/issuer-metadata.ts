import type { Guard } from './guard';
import { OutboundDenied } from './outbound-denied';

/** The members of an authorization server's metadata that a client follows (RFC 8414, RFC 9126, RFC 8628, OpenID Connect Discovery). */
const followed = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'registration_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'userinfo_endpoint',
  'end_session_endpoint',
];

/**
 * Holds a metadata document to the issuer it was fetched for and each of its endpoints to the guard: a document that users influence must not
 * name addresses they could not enter. What is admitted here is admitted once more when it is called.
 * @throws OutboundDenied endpoint_not_allowed
 */
export async function admitIssuerMetadata(guard: Guard, issuer: string, metadata: Readonly<Record<string, unknown>>): Promise<void> {
  if (metadata['issuer'] !== issuer) throw new OutboundDenied('endpoint_not_allowed'); // RFC 8414 section 3.3
  const aliases = Object(metadata['mtls_endpoint_aliases'] ?? {}) as Readonly<Record<string, unknown>>; // RFC 8705
  for (const endpoints of [metadata, aliases]) {
    for (const member of followed) {
      const endpoint = endpoints[member];
      if (endpoint === undefined) continue;
      if (typeof endpoint !== 'string') throw new OutboundDenied('endpoint_not_allowed');
      await guard.admit(endpoint).catch((error: unknown) => {
        throw error instanceof OutboundDenied ? new OutboundDenied('endpoint_not_allowed') : error;
      });
    }
  }
}
