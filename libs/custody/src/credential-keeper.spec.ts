import { connectorOf } from '#connectors';
import type { Connection } from '#domain';
import type { ConnectionEvent } from '#events';
import { Secret } from '#secret';
import type { SealOptions, SecretAddress } from '#vault';
import { CredentialKeeper } from './credential-keeper';

const workspaceId = 'acme';
const connectionId = '0190a8f0-0000-7000-8000-000000000001';
const secretId = '0190a8f0-0000-7000-8000-000000000002';
const earlierId = '0190a8f0-0000-7000-8000-000000000003';
const boundTo = 'https://orders.example.com:443';
const now = new Date('2026-11-24T09:00:00.000Z');
const tomorrow = new Date('2026-11-25T09:00:00.000Z');

describe('keeping entered credentials', () => {
  const entered = {
    workspaceId,
    connectionId,
    secretId,
    definition: connectorOf('http')!,
    authType: 'api_key' as const,
    serviceUrl: 'https://orders.example.com/v2',
    settings: {},
    credentials: { password: 'p', apiKey: 'k' },
  };

  it('seals them as canonical JSON, bound to the origin they were entered for, for an hour or as long as they may have to wait', async () => {
    const { keeper, sealed } = setUp();
    const one = await keeper.seal(entered);
    expect(one).toMatchObject({ secretId, boundTo, fingerprint: 'keyed:{"apiKey":"k","password":"p"}' });
    expect(one.secret.reveal()).toBe('{"apiKey":"k","password":"p"}');
    await keeper.seal({ ...entered, until: tomorrow });
    const address = { workspaceId, connectionId, kind: 'credential', secretId, boundTo };
    expect(sealed).toEqual([
      { address, purpose: 'candidate', expiresAt: new Date('2026-11-24T10:00:00.000Z') },
      { address, purpose: 'candidate', expiresAt: tomorrow },
    ]);
  });

  it('seals a copy of an earlier one under an id of its own, bound where it was bound', async () => {
    const { keeper, sealed, opened } = setUp();
    const earlier = {
      secretId: earlierId,
      version: 1,
      activatedAt: 1,
      fingerprint: 'f',
      display: 'k_…',
      boundTo,
      source: 'entered',
    } as const;
    const copy = await keeper.sealAgain(earlier, { workspaceId, connectionId, secretId, until: tomorrow });
    expect(copy).toMatchObject({ secretId, fingerprint: 'f', display: 'k_…', boundTo });
    expect(opened).toEqual([{ workspaceId, connectionId, kind: 'credential', secretId: earlierId, boundTo }]);
    expect(sealed).toEqual([
      { address: { workspaceId, connectionId, kind: 'credential', secretId, boundTo }, purpose: 'candidate', expiresAt: tomorrow },
    ]);
  });
});

describe('putting secrets away', () => {
  const previous = {
    secretId: earlierId,
    version: 1,
    activatedAt: 1,
    fingerprint: 'f',
    boundTo,
    source: 'entered',
    until: tomorrow.toISOString(),
  };
  const after = (kept: typeof previous | null) => ({ status: 'active', workspaceId, previous: kept }) as unknown as Connection;
  const active = { status: 'active', code: null } as const;
  const rejected = {
    type: 'CredentialsRejected',
    data: { secretId, category: 'superseded', detail: { code: 'newer_candidate' }, statusAfter: active },
  };
  const rotated = {
    type: 'CredentialsRotated',
    data: { secretId, credentialVersion: 2, previousVersion: 1, reason: 'manual', statusAfter: active },
  };

  it.each<[string, unknown[], Connection, unknown[]]>([
    ['destroys a candidate that ended', [rejected], after(null), [['shred', secretId]]],
    ['keeps what was replaced while it can be gone back to', [rotated], after(previous), [['retire', earlierId, tomorrow]]],
    ['has nothing to keep where nothing can be gone back to', [rotated], after(null), []],
    [
      'destroys all of a connection that was removed, now or before',
      [],
      { ...after(null), removed: true } as Connection,
      [['shredAllOf', { workspaceId, connectionId }]],
    ],
    ['touches nothing otherwise', [{ type: 'ConnectionDisabled', data: {} }], after(previous), []],
  ])('%s', async (_, events, state, expected) => {
    const { keeper, done } = setUp();
    await keeper.putAway(connectionId, { state, events: events as ConnectionEvent[] });
    expect(done).toEqual(expected);
  });
});

function setUp() {
  const sealed: object[] = [];
  const opened: object[] = [];
  const done: unknown[] = [];
  const record = (...what: unknown[]) => {
    done.push(what);
    return Promise.resolve();
  };
  const vault = {
    seal: (address: SecretAddress, _: Secret, options: SealOptions) => {
      sealed.push({ address, ...options });
      return Promise.resolve();
    },
    open: (address: SecretAddress) => {
      opened.push(address);
      return Promise.resolve(Secret.of('{}'));
    },
    fingerprint: (_: string, canonicalJson: string) => Promise.resolve(`keyed:${canonicalJson}`),
    shred: (id: string) => record('shred', id),
    shredAllOf: (place: object) => record('shredAllOf', place),
    retire: (id: string, until: Date) => record('retire', id, until),
  };
  return { keeper: new CredentialKeeper(vault, () => now), sealed, opened, done };
}
