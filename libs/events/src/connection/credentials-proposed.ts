import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { credentialSources } from './credentials-provided';
import { StatusAfter } from './status-after';
import { FailureCategory } from './verification';

export const rotationReasons = ['manual', 'reauthorized', 'scopes', 'rolled_back'] as const;
export type RotationReason = (typeof rotationReasons)[number];

/** A candidate: sealed, with no version yet. It becomes the current credential once the service accepts it, and not before. */
export const CredentialsProposed = EventType.named(
  'CredentialsProposed',
  z.object({
    secretId: z.uuid(),
    fingerprint: z.string(),
    display: z.string().optional(),
    boundTo: z.string().nullable(),
    source: z.enum(credentialSources),
    reason: z.enum(rotationReasons),
    authorizationId: z.uuid().optional(),
    untried: FailureCategory.optional(), // why the service could not be asked; it is asked again until `candidateUntil`
    candidateUntil: z.iso.datetime().optional(),
    grantedScopes: z.array(z.string()).optional(),
    expiresAt: z.iso.datetime().optional(),
    refreshExpiresAt: z.iso.datetime().optional(),
    statusAfter: StatusAfter,
  }),
);
export type CredentialsProposed = EventOf<typeof CredentialsProposed>;
