import type {
  ConnectionCreated,
  ConnectionDisabled,
  ConnectionRenamed,
  ConnectionVerified,
  CredentialsProposed,
  CredentialsProvided,
  CredentialsRejected,
  CredentialsRotated,
  FailureCategory,
  StatusAfter,
  VerificationFailed,
  VerificationTrigger,
} from '#events';
import { settingsDigest } from '../src/connection/against';
import type { ConnectionCommand } from '../src/connection/connection-command';

/** Commands and events of one connection, for specifications: what a spec does not name is as here. */

export const secretId = '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c11';
export const anotherSecretId = '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c12';
export const boundTo = 'https://orders.example.com:443';
export const active = { status: 'active', code: null } as const;
export const pending = { status: 'pending', code: 'verification_pending' } as const;
export const against = { secretId, boundTo, settingsDigest: settingsDigest('https://orders.example.com', {}), connectorVersion: 1 };
const facts = {
  workspaceId: 'acme',
  connectorKey: 'http',
  connectorVersion: 1,
  name: 'Orders',
  authType: 'api_key',
  serviceUrl: 'https://orders.example.com',
  settings: {},
  owner: 'user-1',
  labels: {},
} as const;
const credential = { secretId, fingerprint: 'q1Zc0nXy8u3m5k7s9w2e4g', boundTo, source: 'entered' } as const;

type Given<Type extends ConnectionCommand['type']> = Partial<Extract<ConnectionCommand, { type: Type }>>;

export function create(difference: Given<'Create'> = {}): ConnectionCommand {
  return { type: 'Create', ...facts, ...difference };
}

export function provide(difference: Given<'ProvideCredentials'> = {}): ConnectionCommand {
  return { type: 'ProvideCredentials', ...credential, ...difference };
}

export function accepted(difference: { limited?: true; against?: typeof against } = {}): ConnectionCommand {
  return { type: 'RecordVerification', trigger: 'created', outcome: { against, accepted: true, latencyMs: 12, ...difference } };
}

export function failed(category: FailureCategory, trigger: VerificationTrigger = 'created'): ConnectionCommand {
  return { type: 'RecordVerification', trigger, outcome: { against, accepted: false, category, detail: { code: 'unexpected_status' } } };
}

export function created(difference: Partial<ConnectionCreated['data']> = {}): ConnectionCreated {
  return { type: 'ConnectionCreated', data: { ...facts, statusAfter: { status: 'pending', code: 'awaiting_credentials' }, ...difference } };
}

export function provided(difference: Partial<CredentialsProvided['data']> = {}): CredentialsProvided {
  return { type: 'CredentialsProvided', data: { ...credential, credentialVersion: 1, statusAfter: pending, ...difference } };
}

export function verified(difference: Partial<ConnectionVerified['data']> = {}): ConnectionVerified {
  return { type: 'ConnectionVerified', data: { against, trigger: 'created', latencyMs: 12, statusAfter: active, ...difference } };
}

export function refusedAs(
  category: FailureCategory,
  trigger: VerificationTrigger = 'created',
  statusAfter: StatusAfter = { status: 'error', code: category },
): VerificationFailed {
  return { type: 'VerificationFailed', data: { against, trigger, category, detail: { code: 'unexpected_status' }, statusAfter } };
}

export function renamed(difference: Partial<ConnectionRenamed['data']> = {}): ConnectionRenamed {
  return { type: 'ConnectionRenamed', data: { from: 'Orders', to: 'Orders EU', statusAfter: active, ...difference } };
}

export const candidateId = '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c21';
export const againstCandidate = { ...against, secretId: candidateId };
const sealedCandidate = {
  secretId: candidateId,
  fingerprint: 'b7Qw2x8LkP0s3V6n9c1t5A',
  boundTo,
  source: 'entered',
  reason: 'manual',
} as const;

export function propose(difference: Given<'ProposeCandidate'> = {}): Extract<ConnectionCommand, { type: 'ProposeCandidate' }> {
  return { type: 'ProposeCandidate', ...sealedCandidate, ...difference };
}

export function proposed(difference: Partial<CredentialsProposed['data']> = {}): CredentialsProposed {
  return { type: 'CredentialsProposed', data: { ...sealedCandidate, statusAfter: active, ...difference } };
}

type Recorded = Extract<ConnectionCommand, { type: 'RecordVerification' }>;

export function candidateAccepted(difference: Partial<Recorded> & { account?: string } = {}): Recorded {
  const { account, ...command } = difference;
  const outcome = { against: againstCandidate, accepted: true, latencyMs: 12, ...(account && { accountFingerprint: account }) } as const;
  return { type: 'RecordVerification', trigger: 'rotated', outcome, ...command };
}

export function candidateFailed(category: FailureCategory, trigger: VerificationTrigger = 'rotated'): Recorded {
  return {
    type: 'RecordVerification',
    trigger,
    outcome: { against: againstCandidate, accepted: false, category, detail: { code: 'unexpected_status' } },
  };
}

export function rotated(difference: Partial<CredentialsRotated['data']> = {}): CredentialsRotated {
  return {
    type: 'CredentialsRotated',
    data: {
      secretId: candidateId,
      credentialVersion: 2,
      previousVersion: 1,
      previousUntil: '2026-11-25T09:00:00.000Z',
      reason: 'manual',
      statusAfter: active,
      ...difference,
    },
  };
}

export function rejected(difference: Partial<CredentialsRejected['data']> = {}): CredentialsRejected {
  return {
    type: 'CredentialsRejected',
    data: { secretId: candidateId, category: 'unauthorized', detail: { code: 'unexpected_status' }, statusAfter: active, ...difference },
  };
}

export function disabled(difference: Partial<ConnectionDisabled['data']> = {}): ConnectionDisabled {
  return { type: 'ConnectionDisabled', data: { statusAfter: { status: 'disabled', code: 'disabled' }, ...difference } };
}
