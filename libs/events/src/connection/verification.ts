import { z } from 'zod';

/** What was verified. An outcome counts only while the connection still is what was verified. */
export const VerifiedAgainst = z.object({
  secretId: z.uuid().nullable(), // null: the connector needs no credential
  boundTo: z.string().nullable(),
  settingsDigest: z.string(),
  connectorVersion: z.number().int().positive(),
});
export type VerifiedAgainst = z.infer<typeof VerifiedAgainst>;

export const verificationTriggers = ['created', 'rotated', 'edited', 'manual', 'scheduled', 'reported'] as const;
export const VerificationTrigger = z.enum(verificationTriggers);
export type VerificationTrigger = z.infer<typeof VerificationTrigger>;

/** How a verification failed. The first two are the service's refusal; the others say that it could not be asked, or did not answer as it should. */
export const failureCategories = ['unauthorized', 'forbidden', 'unreachable', 'timeout', 'tls', 'blocked', 'unexpected'] as const;
export const FailureCategory = z.enum(failureCategories);
export type FailureCategory = z.infer<typeof FailureCategory>;

/** A code with parameters from a fixed list: free text of people and services never enters an event. */
export const Detail = z.object({
  code: z.enum([
    'service_refused_credentials',
    'service_denied_access',
    'name_not_resolved',
    'connection_refused',
    'connection_lost',
    'no_answer_in_time',
    'certificate_not_trusted',
    'address_not_allowed',
    'redirect_not_allowed',
    'unexpected_status',
    'unexpected_body',
    'answer_too_large',
    'newer_candidate',
    'candidate_expired',
    'account_is_different',
    'connection_disabled',
    'connection_removed',
  ]),
  httpStatus: z.number().int().min(100).max(599).optional(),
  rule: z.string().max(64).optional(), // the name of the body rule, from the connector's definition
});
export type Detail = z.infer<typeof Detail>;
