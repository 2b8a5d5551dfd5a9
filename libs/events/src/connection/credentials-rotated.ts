import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { rotationReasons } from './credentials-proposed';
import { StatusAfter } from './status-after';

/** The candidate became the current credential; its version is the highest ever and one. What it is, its `CredentialsProposed` says. */
export const CredentialsRotated = EventType.named(
  'CredentialsRotated',
  z.object({
    secretId: z.uuid(),
    credentialVersion: z.number().int().positive(),
    previousVersion: z.number().int().positive(),
    previousUntil: z.iso.datetime().optional(), // until then an entered credential can be rolled back to
    reason: z.enum(rotationReasons),
    grantedScopes: z.array(z.string()).optional(),
    expiresAt: z.iso.datetime().optional(),
    refreshExpiresAt: z.iso.datetime().optional(),
    statusAfter: StatusAfter,
  }),
);
export type CredentialsRotated = EventOf<typeof CredentialsRotated>;
