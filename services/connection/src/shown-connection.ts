import { actionFor, statusActions } from '#domain';
import {
  authTypes,
  connectionStatuses,
  credentialSources,
  Detail,
  environments,
  failureCategories,
  Settings,
  statusCodes,
  type FailureCategory,
  type StatusCode,
} from '#events';
import { z } from 'zod';
import type { ConnectionView } from './connection-view';
import type { NextTries } from './records/due-work';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, with milliseconds.');

const verificationPending: StatusCode = 'verification_pending';

const StatusReason = z.object({
  code: z.enum(statusCodes).describe('A stable word for programs.'),
  detail: Detail.nullable().describe('What the last attempt found: a code and its parameters, never the words of the service.'),
  since: time,
  lastTriedAt: time.nullable(),
  nextTryAt: time.optional().describe('When it is tried again without anybody asking.'),
  action: z.enum(statusActions).describe('What a person can do about it.'),
});

/** The credential in use, as far as it may be shown. */
const ShownCredential = z.object({
  version: z.int().positive(),
  fingerprint: z.string().describe('Keyed: equal for equal secrets of one workspace, and useless for anything else.'),
  boundTo: z.string().nullable().describe('The only origin the credential is ever sent to.'),
  source: z.enum(credentialSources),
  display: z.string().nullable().describe('The public beginning that the connector declares, such as sk_live_….'),
  expiresAt: z.iso.datetime().nullable(),
  grantedScopes: z.array(z.string()).nullable(),
});

/** A credential that waits to become the current one. */
const ShownCandidate = z.object({
  secretId: z.uuid(),
  category: z.enum(failureCategories).describe('Why the service could not be asked yet.'),
  nextTryAt: time.nullable().describe('When it is asked again without anybody asking; null: not planned yet.'),
  expiresAt: z.iso.datetime().describe('Until when it waits.'),
});

/** A connection as it is answered. It never holds a secret. */
export const ShownConnection = z.object({
  id: z.uuid(),
  workspaceId: z.string(),
  connector: z.object({ key: z.string(), version: z.int().positive() }),
  name: z.string(),
  authType: z.enum(authTypes),
  serviceUrl: z.string().nullable(),
  settings: Settings,
  environment: z.enum(environments).nullable(),
  labels: z.record(z.string(), z.string()),
  visibility: z.literal('workspace'),
  status: z.enum(connectionStatuses),
  statusReason: StatusReason.nullable().describe('Null while there is nothing to explain.'),
  limited: z.boolean().describe('The service accepts the credential, with narrower rights than the check needs.'),
  credential: ShownCredential.nullable(),
  candidate: ShownCandidate.nullable().describe('A credential that waits until its service can be asked; the one in use stays until then.'),
  account: z
    .object({ id: z.string().nullable(), label: z.string().nullable() })
    .nullable()
    .describe('Who the connection is at the service, as the service says.'),
  owner: z.string(),
  createdBy: z.string(),
  createdAt: time,
  updatedBy: z.string(),
  updatedAt: time,
  verifiedAt: time.nullable().describe('When the service last accepted the credential.'),
  lastUsedAt: time.nullable(),
  usageCount: z.int().nonnegative(),
  revision: z.int().nonnegative(),
});
export type ShownConnection = z.infer<typeof ShownConnection>;

/** Whether its service is asked again without anybody asking: then due work knows when. */
export function hasOpenWork({ candidate, statusCode }: Pick<ConnectionView, 'candidate' | 'statusCode'>): boolean {
  return candidate !== null || statusCode === verificationPending;
}

/** The one form in which a connection is answered, wherever what is known of it comes from. When it is tried next is no part of its history. */
export function shownConnection(view: ConnectionView, tries: NextTries = {}): ShownConnection {
  const { connectorKey, connectorVersion, status, statusCode } = view;
  return {
    id: view.id,
    workspaceId: view.workspaceId,
    connector: { key: connectorKey, version: connectorVersion },
    name: view.name,
    authType: view.authType as ShownConnection['authType'],
    serviceUrl: view.serviceUrl,
    settings: view.settings as ShownConnection['settings'],
    environment: view.environment as ShownConnection['environment'],
    labels: { ...view.labels },
    visibility: 'workspace',
    status: status as ShownConnection['status'],
    statusReason: statusCode === null ? null : statusReason(view, statusCode as StatusCode, tries),
    limited: view.limited,
    credential: view.credential && shownCredential(view.credential),
    candidate: view.candidate && shownCandidate(view.candidate, tries),
    account: view.account && { id: view.account.id, label: view.account.label },
    owner: view.owner,
    createdBy: view.createdBy,
    createdAt: view.createdAt.toISOString(),
    updatedBy: view.updatedBy,
    updatedAt: view.updatedAt.toISOString(),
    verifiedAt: view.verifiedAt?.toISOString() ?? null,
    lastUsedAt: view.lastUsedAt?.toISOString() ?? null,
    usageCount: view.usageCount,
    revision: view.revision,
  };
}

function statusReason(
  { statusDetail, statusSince, lastTriedAt }: ConnectionView,
  code: StatusCode,
  { verification }: NextTries,
): ShownConnection['statusReason'] {
  return {
    code,
    detail: statusDetail as Detail | null,
    since: statusSince.toISOString(),
    lastTriedAt: lastTriedAt?.toISOString() ?? null,
    ...(code === verificationPending && verification && { nextTryAt: verification.toISOString() }),
    action: actionFor(code),
  };
}

function shownCredential(credential: NonNullable<ConnectionView['credential']>): ShownConnection['credential'] {
  const { version, fingerprint, boundTo, source, display, expiresAt, grantedScopes } = credential;
  return {
    version,
    fingerprint,
    boundTo,
    source: source as NonNullable<ShownConnection['credential']>['source'],
    display,
    expiresAt,
    grantedScopes: grantedScopes && [...grantedScopes],
  };
}

/** One that does not wait is only passing: the next event of the same command takes it in or ends it. */
function shownCandidate(
  { secretId, category, until }: NonNullable<ConnectionView['candidate']>,
  { candidate: nextTryAt }: NextTries,
): ShownConnection['candidate'] {
  if (category === null || until === null) return null;
  return { secretId, category: category as FailureCategory, nextTryAt: nextTryAt?.toISOString() ?? null, expiresAt: until };
}
