import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InMemoryEventStore, type EventStore, type RecordedEvent } from '#event-store';
import { Follower, followMigrations } from '#follow';
import { GuardedHttp, OutboundPolicy } from '#outbound';
import { Database } from '#postgres';
import { readModelsEntities, readModelsFollower, readModelsMigrations } from '#read-models';
import { createLogger, type RunningService } from '#runtime';
import { canary, listening, testDatabase, type ListeningServer } from '#testing';
import { openKeyRing, vaultMigrations } from '#vault';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { Registry } from 'prom-client';
import { projections } from '../../projections/src/projections';
import { logIdOf } from '../../projections/src/read-event';
import { readModelsWork } from '../../projections/src/read-models-work';
import { claimLiveTables, liveSlots } from '../../projections/src/slots';
import { serveConnection } from '../src/connection.module';
import { connectionMigrations } from '../src/migrations';
import type { Jobs } from '../src/worker-on';

const issuer = 'https://login.example.com';

/** The key that the sample service takes. */
export const rightKey = canary('right_3f9a0c');
export const wrongKey = canary('wrong_77b1e2');

/** The service under test on a real database, an in-memory log and, unless it is asked to stand still, a real projection. */
export interface Workbench {
  readonly url: string;
  readonly store: EventStore;
  readonly database: Database;
  /** Everything that was logged, as text. */
  readonly log: () => string;
  readonly logLines: () => Record<string, unknown>[];
  readonly sample: SampleService;
  readonly follower: Follower<unknown>;
  token(claims?: JWTPayload, header?: Record<string, string>): Promise<string>;
  sign(claims: JWTPayload, key: CryptoKey, header?: Record<string, string>): Promise<string>;
  /** Asks as an admin of the workspace `acme` unless told. */
  ask: Ask;
  /** Another process of the same service, on the same database and log, or on another view of that log. */
  another(store?: EventStore): Promise<AnotherProcess>;
  stop(): Promise<void>;
}

export type Ask = (method: string, path: string, asked?: Asked) => Promise<Answer>;

export interface AnotherProcess {
  ask: Ask;
  stop(): Promise<void>;
}

export interface Asked {
  /** Null: none is sent. */
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Cuts the connection. */
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What came as JSON; empty where none came. */
  readonly body: Body;
}

/** The members that specs look at by name. */
interface Body {
  readonly id: string;
  readonly name: string;
  readonly status: unknown;
  readonly reason: string;
  readonly requestId: string;
  readonly errors: readonly { readonly pointer: string; readonly reason: string; readonly message: string }[];
  readonly items: readonly Body[];
  readonly nextCursor: string | null;
  readonly revision: number;
  readonly type: string;
  readonly [member: string]: unknown;
}

/** A service that names the account of whoever sends the right key; `down` makes it hang up. */
export interface SampleService {
  readonly url: string;
  readonly calls: () => number;
  account: Record<string, unknown>;
  acceptedKey: string;
  down: boolean;
}

export interface WorkbenchOptions {
  readonly clock?: () => Date;
  readonly store?: EventStore;
  /** The process also works on what is due. */
  readonly works?: boolean;
}

export async function workbench({
  clock = () => new Date(),
  store = new InMemoryEventStore(),
  works = false,
}: WorkbenchOptions = {}): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-connection-'));
  const testing = await testDatabase({
    migrations: [...followMigrations, ...readModelsMigrations, ...vaultMigrations, ...connectionMigrations],
  });
  const open = (role: 'patchbay_connection' | 'patchbay_jobs' | 'patchbay_projections') =>
    Database.open({ url: testing.urlFor(role), applicationName: 'spec', poolSize: 10, entities: [...readModelsEntities] });
  const [database, projecting] = await Promise.all([open('patchbay_connection'), open('patchbay_projections')]);

  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwks = join(folder, 'jwks.json');
  await writeFile(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA' }] }));

  const sample = await startSample();
  let lines = '';
  const logger = createLogger({ process: 'connection', level: 'trace', destination: { write: (line) => void (lines += line) } });
  const http = new GuardedHttp({ policy: OutboundPolicy.from({ allowedCidrs: ['127.0.0.0/8'], ownEndpoints: [] }) });
  const keys = await openKeyRing(join(folder, 'key-ring.json'), {});
  const jobs = works
    ? { database: await open('patchbay_jobs'), databaseUrl: testing.urlFor('patchbay_jobs'), registry: new Registry(), lookEachMs: 50 }
    : undefined;
  const serve = (on: EventStore, due?: Jobs): Promise<RunningService> =>
    serveConnection(
      { host: '127.0.0.1', httpPort: 0, publicUrl: 'https://patchbay.example.com', jwksUrl: pathToFileURL(jwks).href, jwtIssuer: issuer },
      { database, store: on, keys, http, clock, jobs: due },
      { logger },
    );
  const service = await serve(store, jobs);
  const follower = new Follower({
    ...readModelsWork(liveSlots),
    name: readModelsFollower,
    store,
    database: projecting,
    logIdOf,
    prepare: (tx) => claimLiveTables(tx, projections),
  });
  follower.start();

  const url = service.addresses['http'] ?? '';
  const sign: Workbench['sign'] = (claims, key, header) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1', ...header }).sign(key);
  const token: Workbench['token'] = (claims, header) => sign({ ...adminClaims(), ...claims }, privateKey, header);
  const ordinary = await token();
  const asking =
    ({ addresses }: RunningService): Ask =>
    async (method, path, { token: given = ordinary, body, headers = {}, signal = null } = {}) => {
      const response = await fetch((addresses['http'] ?? '') + path, {
        method,
        signal,
        headers: {
          ...(given !== null && { authorization: `Bearer ${given}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : {}) as Body };
    };
  const ask = asking(service);

  return {
    url,
    store,
    database,
    log: () => lines,
    logLines: () =>
      lines
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    sample: sample.service,
    follower: follower as Follower<unknown>,
    token,
    sign,
    ask,
    another: async (on = store) => {
      const other = await serve(on);
      return { ask: asking(other), stop: () => other.stop() };
    },
    stop: async () => {
      await service.stop();
      http.close();
      await follower.stop();
      await Promise.all([database.close(), projecting.close(), jobs?.database.close()]);
      await store.close();
      await sample.server.stop();
      await testing.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function eventsOf({ store }: Pick<Workbench, 'store'>, stream: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(stream)) events.push(event);
  return events;
}

function adminClaims(): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, aud: 'patchbay', sub: 'ada', workspace_id: 'acme', role: 'admin', iat: now, exp: now + 600, jti: randomUUID() };
}

async function startSample(): Promise<{ service: SampleService; server: ListeningServer }> {
  let calls = 0;
  const server = await listening(
    createServer((request, response) => {
      calls++;
      if (service.down) return void request.socket.destroy();
      const known = request.headers['x-api-key'] === service.acceptedKey;
      // A rude service: it repeats what it was sent.
      const body = known ? service.account : { error: `wrong key ${String(request.headers['x-api-key'])}` };
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }),
  );
  const service: SampleService = {
    url: `http://127.0.0.1:${server.port}`,
    calls: () => calls,
    account: { id: 42, name: 'Acme Limited' },
    acceptedKey: rightKey,
    down: false,
  };
  return { service, server };
}

/** The body that creates a connection to the sample service. */
export function orders(sample: Pick<SampleService, 'url'>, changed: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    connector: 'http',
    authType: 'api_key',
    serviceUrl: sample.url,
    settings: { apiKeyName: 'X-Api-Key', verificationPath: '/whoami', accountIdPath: 'id', accountLabelPath: 'name' },
    credentials: { apiKey: rightKey },
    ...changed,
  };
}
