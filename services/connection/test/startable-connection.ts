import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { followMigrations } from '#follow';
import { readModelsMigrations } from '#read-models';
import { createLogger, type RunningService } from '#runtime';
import { testDatabase, testEventStore, type TestDatabase, type TestEventStore } from '#testing';
import { vaultMigrations } from '#vault';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { ConnectionConfig } from '../src/config';
import { startConnection } from '../src/connection.module';
import { connectionMigrations } from '../src/migrations';

/** What the service needs around it, each real and of its own, to be started and stopped as its process does. */
export interface StartableConnection {
  readonly folder: string;
  readonly database: TestDatabase;
  readonly eventStore: TestEventStore;
  readonly config: ConnectionConfig;
  start(changed?: Partial<ConnectionConfig>): Promise<RunningService>;
  /** As an admin of the workspace `acme`. */
  ask(
    method: string,
    url: string,
    asked?: { readonly body?: object | undefined; readonly headers?: Record<string, string> },
  ): Promise<Asked>;
  drop(): Promise<void>;
}

export interface Asked {
  readonly status: number;
  /** Empty where none came. */
  readonly body: Record<string, unknown>;
}

export async function startableConnection(): Promise<StartableConnection> {
  const logger = createLogger({ process: 'connection', level: 'silent' });
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-start-'));
  const database = await testDatabase({
    migrations: [...followMigrations, ...readModelsMigrations, ...vaultMigrations, ...connectionMigrations],
  });
  const eventStore = await testEventStore();
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = join(folder, 'jwks.json');
  await writeFile(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] }));
  const token = await new SignJWT({ workspace_id: 'acme', role: 'admin' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })
    .setSubject('ada')
    .setIssuer('https://login.example.com')
    .setAudience('patchbay')
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(privateKey);
  const config: ConnectionConfig = {
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
  return {
    folder,
    database,
    eventStore,
    config,
    start: (changed) => startConnection({ ...config, ...changed }, { logger }),
    ask: async (method, url, { body, headers } = {}) => {
      const response = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
    },
    drop: async () => {
      await eventStore.drop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
