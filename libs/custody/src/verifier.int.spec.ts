import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { againstCandidate, againstOf, type Candidate, type ExistingConnection } from '#domain';
import { GuardedHttp, OutboundPolicy } from '#outbound';
import { Secret } from '#secret';
import { Verifier } from './verifier';

const connectionId = '0190a8f0-0000-7000-8000-000000000001';
const secretId = '0190a8f0-0000-7000-8000-000000000002';
const candidateId = '0190a8f0-0000-7000-8000-000000000003';
const key = 'k_right';

describe('verifying a connection', () => {
  let server: Server;
  let serviceUrl: string;
  let account: Record<string, string> = {};
  let calls = 0;
  const vault = oneSecretVault();
  const http = new GuardedHttp({ policy: OutboundPolicy.from({ allowedCidrs: ['127.0.0.0/8'], ownEndpoints: [] }) });
  const verifier = new Verifier({ http, vault });

  beforeAll(async () => {
    server = createServer((request, response) => {
      calls++;
      const known = request.headers['x-api-key'] === key;
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(known ? account : {}));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    serviceUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    http.close();
    await new Promise((resolve) => void server.close(resolve));
  });
  beforeEach(() => {
    account = {};
    vault.opened.length = 0;
    vault.fingerprinted.length = 0;
  });

  const connection = (changed: Partial<ExistingConnection> = {}) =>
    ({
      status: 'pending',
      code: 'verification_pending',
      revision: 1,
      configRevision: 1,
      workspaceId: 'acme',
      connectorKey: 'http',
      connectorVersion: 1,
      name: 'Orders',
      authType: 'api_key',
      serviceUrl,
      settings: { apiKeyName: 'X-Api-Key', verificationPath: '/whoami', accountIdPath: 'id', accountLabelPath: 'name' },
      owner: 'ada',
      labels: {},
      credential: { secretId, version: 1, activatedAt: 1, fingerprint: 'f', boundTo: serviceUrl, source: 'entered' },
      accountFingerprint: null,
      missedChecks: 0,
      ...changed,
    }) as ExistingConnection;

  it('opens the credential in use at the address it was sealed for, and says what was verified', async () => {
    const verified = await verifier.verify(connectionId, connection());
    expect(verified).toEqual({ outcome: { against: againstOf(connection()), accepted: true, latencyMs: expect.any(Number) } });
    expect(vault.opened).toEqual([{ workspaceId: 'acme', connectionId, kind: 'credential', secretId, boundTo: serviceUrl }]);
  });

  it('takes a credential that was just entered instead', async () => {
    const wrong = Secret.of(JSON.stringify({ apiKey: 'k_wrong' }));
    const { outcome } = await verifier.verify(connectionId, connection(), { entered: wrong });
    expect(outcome).toMatchObject({ accepted: false, category: 'unauthorized', httpStatus: 401 });
    expect(vault.opened).toEqual([]);
  });

  it('verifies a candidate instead, opened at its own address, and says so', async () => {
    const candidate: Candidate = { secretId: candidateId, fingerprint: 'f', boundTo: serviceUrl, source: 'entered', reason: 'manual' };
    const { outcome } = await verifier.verify(connectionId, connection(), { candidate });
    expect(outcome).toMatchObject({ accepted: true, against: againstCandidate(connection(), candidate) });
    expect(vault.opened).toEqual([{ workspaceId: 'acme', connectionId, kind: 'credential', secretId: candidateId, boundTo: serviceUrl }]);
  });

  it.each<[string, (elsewhere: string) => [Partial<ExistingConnection>, Candidate?]]>([
    ['the credential in use', (elsewhere) => [{ credential: { ...connection().credential!, boundTo: elsewhere } }]],
    [
      'a candidate',
      (elsewhere) => [{}, { secretId: candidateId, fingerprint: 'f', boundTo: elsewhere, source: 'entered', reason: 'manual' }],
    ],
    ['the credential of a connection that leads nowhere', () => [{ serviceUrl: 'https://ada:pw@orders.example.com' }]],
    ['the credential of a connection without an address', () => [{ serviceUrl: undefined } as never]],
  ])('never sends %s anywhere but where it was entered for, however the connection came to point there', async (_, moved) => {
    const before = calls;
    const [changed, candidate] = moved(serviceUrl.replace('127.0.0.1', 'localhost'));
    for (const entered of [undefined, Secret.of(JSON.stringify({ apiKey: key }))]) {
      const options = { ...(candidate && { candidate }), ...(entered && { entered }) };
      await expect(verifier.verify(connectionId, connection(changed), options)).rejects.toMatchObject({
        reason: 'CredentialsMustBeReentered',
      });
    }
    expect(vault.opened).toEqual([]);
    expect(calls).toBe(before);
  });

  it('asks without recording anything of the account', async () => {
    account = { id: '42', name: 'Acme' };
    const found = await verifier.ask(connectionId, connection(), { entered: Secret.of(JSON.stringify({ apiKey: key })) });
    expect(found).toEqual({ accepted: true, latencyMs: expect.any(Number), account: { id: '42', label: 'Acme' } });
    expect(vault.fingerprinted).toEqual([]);
  });

  it('tells accounts apart by a keyed fingerprint of their id, whatever they are called', async () => {
    account = { id: '42', name: 'Acme' };
    const first = await verifier.verify(connectionId, connection());
    account = { id: '42', name: 'Acme Limited' };
    const renamed = await verifier.verify(connectionId, connection());
    account = { id: '43', name: 'Acme Limited' };
    const other = await verifier.verify(connectionId, connection());

    const fingerprints = [first, renamed, other].map(({ outcome }) =>
      'accountFingerprint' in outcome ? outcome.accountFingerprint : null,
    );
    expect(fingerprints[1]).toBe(fingerprints[0]);
    expect(fingerprints[2]).not.toBe(fingerprints[0]);
    expect(renamed.account).toEqual({ id: '42', label: 'Acme Limited' });
    expect(JSON.stringify(renamed.outcome)).not.toContain('Acme');
  });

  it('has nothing to ask about a connector that calls nothing', async () => {
    const { outcome } = await verifier.verify(connectionId, connection({ connectorKey: 'date', authType: 'none', credential: null }));
    expect(outcome).toMatchObject({ accepted: true, latencyMs: 0 });
  });

  it.each([
    ['a connector that this release does not have', { connectorKey: 'gone' }, 'ConnectorIsNotAvailable'],
    ['a connection without a credential', { credential: null }, 'ConnectionIsPending'],
    [
      'an extra header where the credential goes',
      { settings: { apiKeyName: 'X-Key', extraHeaders: { 'x-key': '1' } } },
      'FieldsAreInvalid',
    ],
  ])('refuses %s', async (_, changed, reason) => {
    await expect(verifier.verify(connectionId, connection(changed))).rejects.toMatchObject({ name: 'Refused', reason });
  });
});

function oneSecretVault() {
  const opened: object[] = [];
  const fingerprinted: string[] = [];
  return {
    opened,
    fingerprinted,
    open: (address: object) => {
      opened.push(address);
      return Promise.resolve(Secret.of(JSON.stringify({ apiKey: key })));
    },
    fingerprint: (workspaceId: string, canonicalJson: string) => {
      fingerprinted.push(canonicalJson);
      return Promise.resolve(`keyed:${workspaceId}:${Buffer.from(canonicalJson).toString('base64url')}`);
    },
  };
}
