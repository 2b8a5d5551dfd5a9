import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';
import { Detail, failureCategories } from './verification';

export const rejectionCategories = [...failureCategories, 'superseded', 'abandoned'] as const;
export type RejectionCategory = (typeof rejectionCategories)[number];

/** A candidate ended without having been used; the current credential stays. */
export const CredentialsRejected = EventType.named(
  'CredentialsRejected',
  z.object({ secretId: z.uuid(), category: z.enum(rejectionCategories), detail: Detail, statusAfter: StatusAfter }),
);
export type CredentialsRejected = EventOf<typeof CredentialsRejected>;
