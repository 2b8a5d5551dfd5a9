import { actionFor, statusActions } from '#domain';
import { Detail, statusCodes, type FailureCategory } from '#events';
import type { Account } from '#vault';
import { z } from 'zod';

/** What a dry run found: nothing was kept, and nothing has happened but the question to the service. */
export const Trial = z.object({
  dryRun: z.literal(true),
  status: z.enum(['active', 'error']).describe('What the status would be with these credentials in use.'),
  statusReason: z
    .object({
      code: z.enum(statusCodes),
      detail: Detail.describe('What was found: a code and its parameters, never the words of the service.'),
      action: z.enum(statusActions).describe('What a person can do about it.'),
    })
    .nullable(),
  limited: z.boolean().describe('The service accepts the credentials, with narrower rights than the check needs.'),
  account: z
    .object({ id: z.string().nullable(), label: z.string().nullable() })
    .nullable()
    .describe('Who the credentials are at the service, as the service says.'),
});
export type Trial = z.infer<typeof Trial>;

/** What the service says of credentials, whoever asked it. */
type Found =
  | { readonly accepted: true; readonly limited?: true; readonly account?: Account }
  | { readonly accepted: false; readonly category: FailureCategory; readonly detail: Detail };

export function trialOf(found: Found): Trial {
  if (!found.accepted) {
    const { category, detail } = found;
    const statusReason = { code: category, detail, action: actionFor(category) };
    return { dryRun: true, status: 'error', statusReason, limited: false, account: null };
  }
  const { account, limited = false } = found;
  return {
    dryRun: true,
    status: 'active',
    statusReason: null,
    limited,
    account: account ? { id: account.id ?? null, label: account.label ?? null } : null,
  };
}
