import { z } from 'zod';

export const connectionStatuses = ['pending', 'active', 'reauthorize', 'error', 'disabled', 'removed'] as const;
export type ConnectionStatus = (typeof connectionStatuses)[number];

/** Why a connection has the status it has; each code has one cure (`actionFor`, in the domain). */
export const statusCodes = [
  'awaiting_credentials',
  'verification_pending',
  'unauthorized',
  'forbidden',
  'unreachable',
  'timeout',
  'tls',
  'blocked',
  'unexpected',
  'disabled',
] as const;
export type StatusCode = (typeof statusCodes)[number];

/** What people see once the event has happened. Set by `decide`, copied by projections: readers never decide. */
export const StatusAfter = z.object({
  status: z.enum(connectionStatuses),
  code: z.enum(statusCodes).nullable(), // null: nothing to explain
  limited: z.literal(true).optional(), // accepted with narrower rights than the check needs
});
export type StatusAfter = z.infer<typeof StatusAfter>;
