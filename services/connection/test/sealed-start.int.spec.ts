import { rename, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Database } from '#postgres';
import type { RunningService } from '#runtime';
import { canary, eventually, listening, LocalKms, type ListeningServer } from '#testing';
import { openKeyRing } from '#vault';
import type { RootKeyPlace } from '../src/config';
import { startableConnection, type Asked, type StartableConnection } from './startable-connection';

const apiKey = canary('sealed_start_1d70');
const path = '/v1/workspaces/acme/connections';

/** A way for a root key to be lost, and how it comes back. */
interface Loss {
  readonly takeAway: () => unknown;
  readonly bringBack: () => unknown;
}

interface Root {
  readonly place: RootKeyPlace;
  readonly keyId: string;
  readonly losses: readonly [Loss, Loss];
  stop?(): Promise<void>;
}

async function ring({ folder }: StartableConnection): Promise<Root> {
  const at = join(folder, 'key-ring.json');
  const away = `${at}.away`;
  const missing: Loss = {
    takeAway: () => rename(at, away),
    bringBack: async () => {
      await expect(stat(at)).rejects.toThrow('ENOENT'); // none was made in its place
      await rename(away, at);
    },
  };
  const another: Loss = {
    takeAway: async () => {
      await rename(at, away);
      await openKeyRing(at);
    },
    bringBack: () => rename(away, at),
  };
  const keyId = await (await openKeyRing(at)).activeKeyId();
  return { place: { in: 'file', path: at }, keyId, losses: [missing, another] };
}

async function kms(): Promise<Root> {
  const service = await LocalKms.start();
  Object.assign(process.env, service.environment);
  const keyId = service.createKey();
  const disabled: Loss = { takeAway: () => service.setEnabled(keyId, false), bringBack: () => service.setEnabled(keyId, true) };
  const failing: Loss = { takeAway: () => service.failWith(500), bringBack: () => service.failWith(undefined) };
  return { place: { in: 'aws-kms', keyId }, keyId, losses: [disabled, failing], stop: () => service.stop() };
}

describe.each<[string, (surroundings: StartableConnection) => Promise<Root>, readonly [string, string]]>([
  ['in a key ring', ring, ['is missing', 'is in another one']],
  ['in AWS KMS', kms, ['is disabled', 'is out of reach']],
])('a vault with its root key %s', (_, keep, [first, second]) => {
  const outside = { ...process.env };
  let surroundings: StartableConnection;
  let sample: ListeningServer;
  let root: Root;
  let owner: Database;
  let service: RunningService;
  let id: string;

  beforeAll(async () => {
    surroundings = await startableConnection();
    sample = await listening(createServer((request, response) => response.writeHead(request.headers['x-api-key'] ? 200 : 401).end('{}')));
    owner = await Database.open({ url: surroundings.database.ownerUrl, applicationName: 'spec' });
    root = await keep(surroundings);
    service = await surroundings.start({ rootKey: root.place });
    id = String((await ask('POST', path, orders('Orders'))).body['id']);
    await service.stop();
  });
  afterEach(() => service.stop());
  afterAll(async () => {
    await root.stop?.();
    process.env = outside;
    await owner.close();
    await sample.stop();
    await surroundings.drop();
  });

  const ask = (method: string, at: string, body?: object, headers?: Record<string, string>): Promise<Asked> =>
    surroundings.ask(method, (service.addresses['http'] ?? '') + at, { body, ...(headers && { headers }) });
  const orders = (name: string): object => ({
    connector: 'http',
    name,
    authType: 'api_key',
    serviceUrl: `http://127.0.0.1:${sample.port}`,
    settings: { apiKeyName: 'X-Api-Key', verificationPath: '/whoami' },
    credentials: { apiKey },
  });
  const rows = () =>
    owner.query(
      `select row_to_json(one)::text as row from vault.secrets as one union all select row_to_json(one)::text from vault.workspace_keys as one
       union all select row_to_json(one)::text from vault.fingerprint_keys as one order by 1`,
    );

  it.each([
    [first, 0],
    [second, 1],
  ] as const)('that %s starts sealed, serves and keeps nothing, and opens by itself when it is back', async (name, nth) => {
    const { takeAway, bringBack } = root.losses[nth];
    await takeAway();
    service = await surroundings.start({ rootKey: root.place });

    expect(await ask('GET', '/healthz')).toEqual({ status: 200, body: { status: 'up' } });
    const vault = { name: 'vault', up: false, detail: `sealed: it needs the root key ${root.keyId}` };
    expect(await ask('GET', '/readyz')).toMatchObject({ status: 503, body: { checks: expect.arrayContaining([vault]) as unknown } });

    const before = await rows();
    const needing = [
      ['POST', path, orders(name)],
      ['POST', `${path}?dryRun=true`, orders(name)],
      ['PUT', `${path}/${id}/credentials`, { credentials: { apiKey } }],
      ['POST', `${path}/${id}/verify`, undefined],
    ] as const;
    const sealed = { status: 503, body: { reason: 'VaultIsSealed' } };
    for (const [method, at, body] of needing) expect([at, await ask(method, at, body)]).toMatchObject([at, sealed]);
    for (const [method, at, body] of [...needing, ['POST', `${path}/${id}/disable`, {}] as const]) {
      expect([at, await ask(method, at, body, { 'idempotency-key': 'once' })]).toMatchObject([at, sealed]);
    }
    expect(await rows()).toEqual(before);
    expect(await ask('GET', `${path}/${id}`)).toMatchObject({ status: 200, body: { status: 'active' } });

    await bringBack();
    await eventually(async () => expect((await ask('GET', '/readyz')).status).toBe(200));
    expect(await ask('POST', `${path}/${id}/verify`)).toMatchObject({ status: 200, body: { status: 'active' } });
    expect(await ask('POST', path, orders(name))).toMatchObject({ status: 201 });
  });
});
