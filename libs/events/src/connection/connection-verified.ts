import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';
import { VerificationTrigger, VerifiedAgainst } from './verification';

/** The service accepted the credential. */
export const ConnectionVerified = EventType.named(
  'ConnectionVerified',
  z.object({
    against: VerifiedAgainst,
    trigger: VerificationTrigger,
    latencyMs: z.number().int().nonnegative(),
    accountFingerprint: z.string().optional(), // keyed; the readable account lies in an erasable table
    limited: z.literal(true).optional(), // accepted with narrower rights than the check needs
    statusAfter: StatusAfter,
  }),
);
export type ConnectionVerified = EventOf<typeof ConnectionVerified>;
