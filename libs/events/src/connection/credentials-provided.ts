import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';

export const credentialSources = ['entered', 'authorized', 'generated', 'imported'] as const;
export type CredentialSource = (typeof credentialSources)[number];

/** The first credential of a connection. The secret lies in the vault under `secretId`; here are only its keyed fingerprint and public prefix. */
export const CredentialsProvided = EventType.named(
  'CredentialsProvided',
  z.object({
    secretId: z.uuid(),
    credentialVersion: z.literal(1),
    fingerprint: z.string(),
    display: z.string().optional(), // the public prefix the connector's field declares, never trailing characters
    boundTo: z.string().nullable(), // the only origin this credential may be sent to; null: it is sent nowhere
    source: z.enum(credentialSources),
    authorizationId: z.uuid().optional(),
    grantedScopes: z.array(z.string()).optional(),
    expiresAt: z.iso.datetime().optional(),
    refreshExpiresAt: z.iso.datetime().optional(),
    statusAfter: StatusAfter,
  }),
);
export type CredentialsProvided = EventOf<typeof CredentialsProvided>;
