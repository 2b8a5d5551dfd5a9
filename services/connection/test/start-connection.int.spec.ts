import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { followMigrations } from '#follow';
import { readModelsMigrations } from '#read-models';
import { createLogger, type RunningService } from '#runtime';
import { eventually, listening, testDatabase, testEventStore, type TestDatabase, type TestEventStore } from '#testing';
import { vaultMigrations } from '#vault';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { ConnectionConfig } from '../src/config';
import { startConnection } from '../src/connection.module';
import { connectionMigrations } from '../src/migrations';

const path = '/v1/workspaces/acme/connections';

describe('the connection service on the real event store', () => {
  const logger = createLogger({ process: 'connection', level: 'silent' });
  let folder: string;
  let database: TestDatabase;
  let eventStore: TestEventStore;
  let config: ConnectionConfig;
  let token: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-start-'));
    database = await testDatabase({
      migrations: [...followMigrations, ...readModelsMigrations, ...vaultMigrations, ...connectionMigrations],
    });
    eventStore = await testEventStore();
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwks = join(folder, 'jwks.json');
    await writeFile(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] }));
    token = await new SignJWT({ workspace_id: 'acme', role: 'admin' })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })
      .setSubject('ada')
      .setIssuer('https://login.example.com')
      .setAudience('patchbay')
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(privateKey);
    config = {
      host: '127.0.0.1',
      httpPort: 0,
      publicUrl: 'https://patchbay.example.com',
      databaseUrl: database.urlFor('patchbay_connection'),
      jobsDatabaseUrl: database.urlFor('patchbay_jobs'),
      eventStoreUrl: eventStore.url,
      rootKey: { in: 'file', path: join(folder, 'key-ring.json') },
      jwksUrl: pathToFileURL(jwks).href,
      jwtIssuer: 'https://login.example.com',
      outboundAllowedCidrs: ['127.0.0.0/8'],
      ownEndpoints: [],
    };
  });
  afterAll(async () => {
    await eventStore.drop();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const running = async (work: (url: string) => Promise<void>): Promise<void> => {
    const service: RunningService = await startConnection(config, { logger });
    try {
      await work(service.addresses['http'] ?? '');
    } finally {
      await service.stop();
    }
  };
  const ask = async (url: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('shows after a restart, from the log, what was created before it', async () => {
    let created: Record<string, unknown> = {};
    await running(async (url) => {
      const answer = await ask(`${url}${path}`, { connector: 'date', name: 'Kept' });
      expect(answer).toMatchObject({ status: 201, body: { status: 'active' } });
      created = answer.body;
    });
    await running(async (url) => {
      expect(await ask(`${url}${path}/${String(created['id'])}`)).toEqual({ status: 200, body: created });
      expect(await ask(`${url}${path}`, { connector: 'date', name: 'KEPT' })).toMatchObject({
        status: 409,
        body: { reason: 'NameIsTaken' },
      });
    });
  });

  it('keeps connections from leading to its own database and log, whatever range is allowed', async () => {
    await running(async (url) => {
      const database = new URL(config.databaseUrl.reveal().replace('postgres', 'http')).port;
      for (const port of [database, eventStore.port]) {
        const answer = await ask(`${url}${path}`, { connector: 'http', authType: 'none', serviceUrl: `http://127.0.0.1:${port}` });
        expect(answer).toMatchObject({ status: 422, body: { reason: 'AddressIsNotAllowed' } });
      }
    });
  });

  it('finishes what was begun, and says on a port of its own how that goes', async () => {
    const service = await startConnection({ ...config, metricsPort: 0 }, { logger });
    try {
      const page = service.addresses['metrics'] ?? '';
      const text = await eventually(async () => {
        const answered = await (await fetch(page)).text();
        return answered.includes('patchbay_due_work_open{') && answered;
      });
      expect(text).toMatch(/patchbay_worker_active\{[^}]*\} 1/);
    } finally {
      await service.stop();
    }
  });

  it('says in one sentence what keeps it from starting', async () => {
    const empty = await testDatabase();
    const taken = await listening(createServer());
    const starting = (changed: Partial<ConnectionConfig>): Promise<RunningService> =>
      startConnection({ ...config, ...changed }, { logger });
    await expect(starting({ databaseUrl: empty.urlFor('patchbay_connection') })).rejects.toMatchObject({
      name: 'CannotStart',
      message: expect.stringContaining('npm run migrate'),
    });
    await expect(starting({ outboundAllowedCidrs: ['10.0.0.0'] })).rejects.toMatchObject({ name: 'CannotStart' });
    await expect(starting({ httpPort: taken.port })).rejects.toMatchObject({
      name: 'CannotStart',
      message: expect.stringContaining(`The port ${taken.port} on 127.0.0.1 is taken`),
    });
    await expect(starting({ metricsPort: taken.port })).rejects.toMatchObject({
      name: 'CannotStart',
      message: expect.stringContaining('CONNECTION_METRICS_PORT'),
    });
    await taken.stop();
    await empty.drop();
  });
});
