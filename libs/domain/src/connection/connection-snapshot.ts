import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import {
  authTypes,
  connectionStatuses,
  credentialSources,
  Detail,
  environments,
  FailureCategory,
  rotationReasons,
  Settings,
  StatusAfter,
  statusCodes,
} from '#events';
import type { Chronicle, Chronicled, ChronicledConnection } from './chronicle';
import type { Candidate, Condition, Credential } from './connection-state';

/**
 * Counts what `evolve` made of the same events: states that were kept are worth nothing once it folds differently. Add one with each such
 * change, as `connection-snapshot.spec.ts` asks for.
 */
export const evolveVersion = 1;

/** A schema for each member of the state, also for those that may be missing. */
type Members<State> = { readonly [Name in keyof State]-?: z.ZodType };

const ordinal = z.int().nonnegative();
const labels = z.record(z.string(), z.string());

const sealed = {
  secretId: z.string(),
  fingerprint: z.string(),
  display: z.string().exactOptional(),
  boundTo: z.string().nullable(),
  source: z.enum(credentialSources),
  expiresAt: z.string().exactOptional(),
  grantedScopes: z.array(z.string()).exactOptional(),
};

const credential = { ...sealed, version: ordinal, activatedAt: ordinal } satisfies Members<Credential>;

const candidate = {
  ...sealed,
  reason: z.enum(rotationReasons),
  untried: FailureCategory.exactOptional(),
  until: z.string().exactOptional(),
  accepted: z.strictObject({ limited: z.boolean() }).exactOptional(),
} satisfies Members<Candidate>;

const condition: z.ZodType<Condition> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pending'), code: z.enum(['awaiting_credentials', 'verification_pending']) }),
  z.strictObject({ kind: z.literal('active'), limited: z.boolean() }),
  z.strictObject({ kind: z.literal('error'), code: FailureCategory }),
]);

const chronicle = {
  createdAt: z.string(),
  createdBy: z.string(),
  updatedAt: z.string(),
  updatedBy: z.string(),
  statusAfter: StatusAfter,
  statusSince: z.string(),
  statusDetail: Detail.nullable(),
  lastTriedAt: z.string().nullable(),
  verifiedAt: z.string().nullable(),
} satisfies Members<Chronicle>;

const state: z.ZodType<Chronicled> = z.strictObject({
  revision: ordinal,
  configRevision: ordinal,
  workspaceId: z.string(),
  connectorKey: z.string(),
  connectorVersion: ordinal,
  name: z.string(),
  authType: z.enum(authTypes),
  serviceUrl: z.string().exactOptional(),
  settings: Settings,
  environment: z.enum(environments).exactOptional(),
  owner: z.string(),
  labels,
  credential: z.strictObject(credential).nullable(),
  candidate: z.strictObject(candidate).nullable(),
  previous: z.strictObject({ ...credential, until: z.string() }).nullable(),
  accountFingerprint: z.string().nullable(),
  missedChecks: ordinal,
  condition,
  disabled: z.boolean(),
  removed: z.boolean(),
  status: z.enum(connectionStatuses),
  code: z.enum(statusCodes).nullable(),
  limited: z.boolean(),
  chronicle: z.strictObject(chronicle),
} satisfies Members<Chronicled>);

/** How a connection's state is kept beside its stream. `schema` differs where the shape of the state or the version of `evolve` does. */
export const connectionSnapshot = {
  schema: createHash('sha256')
    .update(canonicalize({ state: z.toJSONSchema(state), evolveVersion }) ?? '', 'utf8')
    .digest('base64url'),

  /** @throws ZodError for anything but the state of a connection that exists, whole and with nothing beside it */
  parse(stored: unknown): ChronicledConnection {
    return state.parse(stored);
  },
};
