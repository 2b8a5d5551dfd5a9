import type { ConnectionEvent, Detail, StatusAfter, VerificationFailed } from '#events';
import { RowIsMissing } from './projection';
import { workspaceConnections, type WorkspaceConnectionRow } from './workspace-connections';

const active: StatusAfter = { status: 'active', code: null };
const refused: Detail = { code: 'service_refused_credentials', httpStatus: 401 };

describe('a row of workspace_connections', () => {
  it('shows what was created, by whom and when', () => {
    expect(after(created())).toEqual({
      id: 'c-1',
      workspaceId: 'acme',
      connectorKey: 'http',
      connectorVersion: 2,
      name: 'Straße',
      nameFolded: 'strasse',
      authType: 'api_key',
      serviceUrl: 'https://orders.example.com',
      settings: { apiKeyIn: 'header' },
      environment: null,
      labels: { team: 'sales' },
      status: 'pending',
      statusCode: 'awaiting_credentials',
      statusDetail: null,
      statusSince: at(0),
      lastTriedAt: null,
      limited: false,
      credential: null,
      candidate: null,
      owner: 'user-9',
      createdBy: 'user-0',
      createdAt: at(0),
      updatedBy: 'user-0',
      updatedAt: at(0),
      verifiedAt: null,
      revision: 0,
      configRevision: 0,
    });
  });

  it('shows of the credential what is no secret', () => {
    expect(after(created(), provided()).credential).toEqual({
      version: 1,
      fingerprint: 'q1Zc0nXy8u3m5k7s9w2e4g',
      boundTo: 'https://orders.example.com:443',
      source: 'entered',
      display: 'sk_live_',
      expiresAt: null,
      grantedScopes: null,
    });
  });

  it('counts as edited what a person changes, and not what is found out', () => {
    const edits = { updatedBy: 'user-1', updatedAt: at(1), configRevision: 1 };
    expect(after(created(), provided())).toMatchObject({ ...edits, revision: 1 });
    expect(after(created(), provided(), verified())).toMatchObject({ ...edits, revision: 2, verifiedAt: at(2), createdBy: 'user-0' });
    expect(after(created(), provided(), verified(), renamed('Orders EU'))).toMatchObject({
      name: 'Orders EU',
      nameFolded: 'orders eu',
      updatedBy: 'user-3',
      configRevision: 3,
    });
  });

  it('has the status that the event says, even one that nobody would have decided', () => {
    const strange: StatusAfter = { status: 'disabled', code: 'tls', limited: true };
    expect(after(created(), renamed('b', strange))).toMatchObject({ status: 'disabled', statusCode: 'tls', limited: true });
  });

  it('says why it failed, since when, and when it was last tried', () => {
    const twice = [failed('unauthorized', refused), failed('unauthorized', { ...refused, httpStatus: 403 })];
    expect(after(created(), provided(), ...twice)).toMatchObject({
      status: 'error',
      statusCode: 'unauthorized',
      statusDetail: { code: 'service_refused_credentials', httpStatus: 403 },
      statusSince: at(2),
      lastTriedAt: at(3),
      verifiedAt: null,
    });
  });

  it('explains nothing once it works again', () => {
    expect(after(created(), provided(), failed('unauthorized', refused), verified())).toMatchObject({
      status: 'active',
      statusCode: null,
      statusDetail: null,
      statusSince: at(3),
      lastTriedAt: at(3),
    });
  });

  it('keeps the reason it has when a failure is tolerated', () => {
    const tolerated = (kept: StatusAfter) => failed('timeout', { code: 'no_answer_in_time' }, kept);
    expect(after(created(), provided(), verified(), tolerated(active))).toMatchObject({
      status: 'active',
      statusDetail: null,
      statusSince: at(2),
      lastTriedAt: at(3),
    });
    expect(
      after(created(), provided(), failed('unauthorized', refused), tolerated({ status: 'error', code: 'unauthorized' })),
    ).toMatchObject({ statusCode: 'unauthorized', statusDetail: refused, statusSince: at(2), lastTriedAt: at(3) });
  });

  it('cannot be changed before it is there', () => {
    expect(() => after(renamed('b'))).toThrow(RowIsMissing);
  });
});

function after(...events: readonly ConnectionEvent[]): WorkspaceConnectionRow {
  const row = events.reduce<WorkspaceConnectionRow | undefined>(
    (before, event, index) =>
      workspaceConnections.change(before, {
        event,
        at: { id: 'c-1', revision: index, position: BigInt(index), occurredAt: at(index), by: `user-${index}` },
      }),
    undefined,
  );
  if (row === undefined) throw new Error('nothing happened');
  return row;
}

function at(index: number): string {
  return `2026-11-24T09:00:0${index}.000Z`;
}

function created(): ConnectionEvent {
  return {
    type: 'ConnectionCreated',
    data: {
      workspaceId: 'acme',
      connectorKey: 'http',
      connectorVersion: 2,
      name: 'Straße',
      authType: 'api_key',
      serviceUrl: 'https://orders.example.com',
      settings: { apiKeyIn: 'header' },
      owner: 'user-9',
      labels: { team: 'sales' },
      statusAfter: { status: 'pending', code: 'awaiting_credentials' },
    },
  };
}

function provided(): ConnectionEvent {
  return {
    type: 'CredentialsProvided',
    data: {
      secretId: '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c11',
      credentialVersion: 1,
      fingerprint: 'q1Zc0nXy8u3m5k7s9w2e4g',
      display: 'sk_live_',
      boundTo: 'https://orders.example.com:443',
      source: 'entered',
      statusAfter: { status: 'pending', code: 'verification_pending' },
    },
  };
}

const against = { secretId: null, boundTo: null, settingsDigest: 'd', connectorVersion: 2 };

function verified(): ConnectionEvent {
  return { type: 'ConnectionVerified', data: { against, trigger: 'manual', latencyMs: 3, statusAfter: active } };
}

function failed(
  category: VerificationFailed['data']['category'],
  detail: Detail,
  statusAfter: StatusAfter = { status: 'error', code: category },
): ConnectionEvent {
  return { type: 'VerificationFailed', data: { against, trigger: 'scheduled', category, detail, statusAfter } };
}

function renamed(to: string, statusAfter: StatusAfter = active): ConnectionEvent {
  return { type: 'ConnectionRenamed', data: { from: 'a', to, statusAfter } };
}
