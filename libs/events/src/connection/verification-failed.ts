import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';
import { Detail, FailureCategory, VerificationTrigger, VerifiedAgainst } from './verification';

/** The service refused the credential, or could not be asked. */
export const VerificationFailed = EventType.named(
  'VerificationFailed',
  z.object({
    against: VerifiedAgainst,
    trigger: VerificationTrigger,
    category: FailureCategory,
    httpStatus: z.number().int().min(100).max(599).optional(),
    detail: Detail,
    statusAfter: StatusAfter,
  }),
);
export type VerificationFailed = EventOf<typeof VerificationFailed>;
