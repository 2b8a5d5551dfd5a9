import { catalog } from '#connectors';
import { ConnectionStreams, CredentialKeeper, Verifier, type ConnectionStreamsOptions } from '#custody';
import { DefinitionChangedWithoutVersion, Refused, type Settled } from '#domain';
import { LogIsUnavailable, openEventStore, type EventStore } from '#event-store';
import { EndpointIsMalformed, endpointsOf, GuardedHttp, OutboundPolicy, RangeIsMalformed, TlsIsUnsafe } from '#outbound';
import { Database, refuseUnknownSchema, SchemaIsUnknown } from '#postgres';
import { readModelsEntities, readModelsMigrations } from '#read-models';
import { CannotStart, createHttpApp, eventLogProbe, Health, measureLog, Metrics, type Logger, type RunningService } from '#runtime';
import {
  ConnectionAccounts,
  KeyRingIsRefused,
  KeyRotations,
  openAwsKms,
  openKeyRing,
  rootKeyInUse,
  Vault,
  VaultHeads,
  vaultMigrations,
  type KeyPort,
} from '#vault';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ExponentialBackoff, handleType, retry } from 'cockatiel';
import { AccountKeeper } from './account-keeper';
import { Candidates } from './candidates';
import { Clock } from './clock';
import { CancelRebuildHandler } from './commands/cancel-rebuild';
import { CreateConnectionHandler } from './commands/create-connection';
import { DisableConnectionHandler } from './commands/disable-connection';
import { EditConnectionHandler } from './commands/edit-connection';
import { EnableConnectionHandler } from './commands/enable-connection';
import { OpenLog, OpenLogHandler } from './commands/open-log';
import { RebuildProjectionHandler } from './commands/rebuild-projection';
import { RecordCatalog, RecordCatalogHandler } from './commands/record-catalog';
import { RemoveConnectionHandler } from './commands/remove-connection';
import { RotateKeysHandler } from './commands/rotate-keys';
import { RollBackCredentialsHandler } from './commands/roll-back-credentials';
import { RotateCredentialsHandler } from './commands/rotate-credentials';
import { TryConnectionHandler } from './commands/try-connection';
import { TryCredentialsHandler } from './commands/try-credentials';
import { VerifyConnectionHandler } from './commands/verify-connection';
import type { ConnectionConfig, RootKeyPlace } from './config';
import { ConnectionAnswers } from './connection-answers';
import { Admission, refuseRoutesWithoutPermission } from './edge/admission';
import { Authentication } from './edge/authentication';
import { CatalogHttp } from './edge/catalog.http';
import { ConnectionsHttp } from './edge/connections.http';
import { Dispatch } from './edge/dispatch';
import { keySetAt } from './edge/key-set';
import { OncePerKey } from './edge/once-per-key';
import { openApiOf, serveOpenApi } from './edge/open-api';
import { PagesHttp, publicUrlToken } from './edge/pages.http';
import { answerProblem, ProblemFilter } from './edge/problem-filter';
import { KeyRotationsHttp } from './edge/key-rotations.http';
import { ProjectionsHttp } from './edge/projections.http';
import { connectionMigrations } from './migrations';
import { NameReservations } from './name-reservations';
import { notingOpenWork } from './note-open-work';
import type { Finishing } from './open-work-finisher';
import { GetConnectionHandler } from './queries/get-connection';
import { GetConnectorHandler } from './queries/get-connector';
import { GetConnectorSchemaHandler } from './queries/get-connector-schema';
import { GetKeyRotationHandler } from './queries/get-key-rotation';
import { GetRebuildHandler } from './queries/get-rebuild';
import { ListCategoriesHandler } from './queries/list-categories';
import { ListConnectionsHandler } from './queries/list-connections';
import { ListConnectorsHandler } from './queries/list-connectors';
import { ListProjectionsHandler } from './queries/list-projections';
import { ReadHistoryHandler } from './queries/read-history';
import { ReadPosition } from './read-position';
import { DueWork } from './records/due-work';
import { IdempotencyKeys } from './records/idempotency-keys';
import { ConnectorStreams, KeysStream, LogStream, NameStreams } from './streams';
import { vaultProbe } from './vault-probe';
import { workerOn, type Jobs } from './worker-on';

/** What the service stands on, opened by whoever starts it. */
export interface ConnectionParts {
  readonly database: Database;
  readonly store: EventStore;
  readonly keys: KeyPort;
  readonly http: GuardedHttp;
  readonly clock: () => Date;
  /** Without them the process leaves what is due to others. */
  readonly jobs?: Jobs | undefined;
  readonly onSnapshotProblem?: ConnectionStreamsOptions['onSnapshotProblem'];
}

/** The commands and questions of connections: all that an edge needs, and no edge. */
@Module({})
export class ConnectionModule {
  static on(parts: ConnectionParts): DynamicModule {
    return {
      module: ConnectionModule,
      imports: [CqrsModule.forRoot()],
      providers: [...handlers, ...standingOn(parts)],
      exports: [CqrsModule, IdempotencyKeys],
    };
  }
}

/** The HTTP edge on top of it. */
@Module({})
class ConnectionHttpModule {
  static on(parts: ConnectionParts, publicUrl: string, logger: Logger): DynamicModule {
    return {
      module: ConnectionHttpModule,
      imports: [ConnectionModule.on(parts)],
      controllers: [ConnectionsHttp, CatalogHttp, ProjectionsHttp, KeyRotationsHttp, PagesHttp],
      providers: [
        { provide: publicUrlToken, useValue: publicUrl },
        {
          provide: Dispatch,
          inject: [CommandBus, QueryBus],
          useFactory: (commands: CommandBus, queries: QueryBus) => new Dispatch(commands, queries, logger),
        },
      ],
    };
  }
}

const handlers: readonly Provider[] = [
  CreateConnectionHandler,
  EditConnectionHandler,
  VerifyConnectionHandler,
  RotateCredentialsHandler,
  RollBackCredentialsHandler,
  DisableConnectionHandler,
  EnableConnectionHandler,
  RemoveConnectionHandler,
  TryConnectionHandler,
  TryCredentialsHandler,
  RecordCatalogHandler,
  OpenLogHandler,
  GetConnectionHandler,
  ListConnectionsHandler,
  ReadHistoryHandler,
  ListConnectorsHandler,
  GetConnectorHandler,
  GetConnectorSchemaHandler,
  ListCategoriesHandler,
  RebuildProjectionHandler,
  CancelRebuildHandler,
  GetRebuildHandler,
  ListProjectionsHandler,
  RotateKeysHandler,
  GetKeyRotationHandler,
];

function standingOn({ database, store, keys, http, clock: now, onSnapshotProblem }: ConnectionParts): readonly Provider[] {
  const clock = new Clock(now);
  const vault = new Vault(database, keys);
  const accounts = new ConnectionAccounts(database);
  const dueWork = new DueWork(database, now);
  const connections = new ConnectionStreams({
    store,
    heads: new VaultHeads<Settled>(database),
    clock: now,
    onChange: notingOpenWork(dueWork),
    ...(onSnapshotProblem && { onSnapshotProblem }),
  });
  const names = new NameStreams({ store, clock: now });
  const keeper = new CredentialKeeper(vault, now);
  const verifier = new Verifier({ http, vault });
  const answers = new ConnectionAnswers(accounts, dueWork);
  return [
    { provide: Database, useValue: database },
    { provide: ConnectionAccounts, useValue: accounts },
    { provide: AccountKeeper, useValue: new AccountKeeper(accounts, dueWork, clock) },
    { provide: ConnectionStreams, useValue: connections },
    { provide: NameStreams, useValue: names },
    { provide: ConnectorStreams, useValue: new ConnectorStreams({ store, clock: now }) },
    { provide: LogStream, useValue: new LogStream({ store, clock: now }) },
    { provide: NameReservations, useValue: new NameReservations(names, connections, now) },
    { provide: Clock, useValue: clock },
    { provide: CredentialKeeper, useValue: keeper },
    { provide: Verifier, useValue: verifier },
    { provide: ConnectionAnswers, useValue: answers },
    { provide: Candidates, useValue: new Candidates(keeper, verifier, answers, clock) },
    { provide: KeyRotations, useValue: new KeyRotations(database) },
    { provide: ReadPosition, useValue: new ReadPosition(database) },
    { provide: IdempotencyKeys, useValue: new IdempotencyKeys(database, vault) },
  ];
}

/**
 * Opens what the service stands on, puts the catalog on record and serves HTTP.
 *
 * @throws CannotStart when something in its configuration or surroundings keeps it from starting
 */
export async function startConnection(config: ConnectionConfig, { logger }: { readonly logger: Logger }): Promise<RunningService> {
  const opened: Opened = [];
  const close = async (): Promise<void> => {
    for (let last = opened.pop(); last !== undefined; last = opened.pop()) await last();
  };
  try {
    const metrics = new Metrics('connection');
    const parts = await open(config, metrics, logger, opened);
    const page = await servePage(metrics, config, opened);
    const service = await serveConnection(config, parts, { logger });
    measureLog(metrics.registry, () => service.ready());
    const { registry } = metrics;
    return { ...service, registry, addresses: { ...service.addresses, ...page }, stop: () => service.stop().finally(close) };
  } catch (error) {
    await close();
    throw asSentence(error, config);
  }
}

type Opened = (() => Promise<void>)[];

async function open(config: ConnectionConfig, { registry }: Metrics, logger: Logger, opened: Opened): Promise<ConnectionParts> {
  const { databaseUrl, jobsDatabaseUrl, eventStoreUrl, host, httpPort, ownEndpoints } = config;
  const own = [databaseUrl.reveal(), jobsDatabaseUrl.reveal(), eventStoreUrl, `${host}:${httpPort}`, ...ownEndpoints].flatMap(endpointsOf);
  const http = new GuardedHttp({ policy: OutboundPolicy.from({ allowedCidrs: config.outboundAllowedCidrs, ownEndpoints: own }) });
  opened.push(() => {
    http.close();
    return Promise.resolve();
  });
  const database = await Database.open({
    url: databaseUrl,
    applicationName: 'patchbay-connection',
    poolSize: 10,
    entities: [...readModelsEntities],
  });
  opened.push(() => database.close());
  await refuseUnknownSchema(database, [...vaultMigrations, ...readModelsMigrations, ...connectionMigrations]);
  const keys = await openRootKey(config.rootKey, database);
  const store = openEventStore({
    url: eventStoreUrl,
    name: 'patchbay-connection',
    onInterruption: (err) => logger.warn({ err }, 'The connection to the log broke: it goes on by itself'),
  });
  opened.push(() => store.close());
  const jobsDatabase = await Database.open({ url: jobsDatabaseUrl, applicationName: 'patchbay-worker', poolSize: 4 });
  opened.push(() => jobsDatabase.close());
  const jobs = { database: jobsDatabase, databaseUrl: jobsDatabaseUrl, registry };
  const onSnapshotProblem = (err: unknown, stream: string): void =>
    logger.warn({ err, stream }, 'A snapshot was not taken or not read: commands go on, more slowly');
  return { database, store, keys, http, clock: () => new Date(), jobs, onSnapshotProblem };
}

/** A root that is missing, out of reach or not the vault's keeps nobody from starting: the vault is sealed until it is there. */
async function openRootKey(place: RootKeyPlace, database: Database): Promise<KeyPort> {
  return place.in === 'file' ? openKeyRing(place.path, process.env, await rootKeyInUse(database)) : openAwsKms(place.keyId);
}

/** Where the metrics are, if anywhere. */
async function servePage(
  metrics: Metrics,
  { metricsPort }: ConnectionConfig,
  opened: Opened,
): Promise<{ readonly metrics?: string } | undefined> {
  if (metricsPort === undefined) return undefined;
  const page = await metrics.listen('0.0.0.0', metricsPort);
  opened.push(() => page.close());
  return { metrics: `http://127.0.0.1:${page.port}/metrics` };
}

/** The service on parts that somebody else opened and closes. */
export async function serveConnection(
  { host, httpPort, publicUrl, jwksUrl, jwtIssuer }: Pick<ConnectionConfig, 'host' | 'httpPort' | 'publicUrl' | 'jwksUrl' | 'jwtIssuer'>,
  parts: ConnectionParts,
  { logger }: { readonly logger: Logger },
): Promise<RunningService> {
  const health = healthOf(parts);
  const module = ConnectionHttpModule.on(parts, publicUrl, logger);
  const app = await createHttpApp(module, {
    logger,
    health,
    loggedParams: ['ws', 'id', 'key', 'reason'],
    answerBadPath: (request, reply) => answerProblem(new Refused('BodyIsMalformed'), request, reply, logger),
  });
  try {
    refuseRoutesWithoutPermission(app.get(ModulesContainer));
    app.useGlobalGuards(new Admission(new Authentication({ keys: keySetAt(jwksUrl), issuer: jwtIssuer })));
    app.useGlobalInterceptors(new OncePerKey(app.get(IdempotencyKeys, { strict: false }), logger));
    app.useGlobalFilters(new ProblemFilter(logger));
    serveOpenApi(app, openApiOf(app, publicUrl));
    await app.init();
    await putOnRecord(app);
    await app.listen(httpPort, host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const keys = { root: parts.keys, stream: new KeysStream({ store: parts.store, clock: parts.clock }) };
  const worker = parts.jobs && workerOn(parts.jobs, finishingOn(app, parts.clock), keys, logger);
  worker?.start();
  return {
    addresses: { http: await app.getUrl() },
    ready: () => health.ready(),
    stop: async () => {
      await worker?.stop();
      await app.close();
    },
  };
}

function finishingOn(app: NestFastifyApplication, clock: () => Date): Finishing {
  return {
    connections: app.get(ConnectionStreams, { strict: false }),
    verifier: app.get(Verifier, { strict: false }),
    keeper: app.get(CredentialKeeper, { strict: false }),
    accounts: app.get(AccountKeeper, { strict: false }),
    clock,
  };
}

/** The log may still be starting, too: about half a minute is given to it. */
const whileLogStarts = retry(handleType(LogIsUnavailable), {
  maxAttempts: 6,
  backoff: new ExponentialBackoff({ initialDelay: 250, maxDelay: 8_000 }),
});

async function putOnRecord(app: NestFastifyApplication): Promise<void> {
  const commands = app.get(CommandBus);
  await whileLogStarts.execute(() => commands.execute(new OpenLog()));
  await whileLogStarts.execute(() => commands.execute(new RecordCatalog(catalog)));
}

function healthOf({ database, store, keys }: ConnectionParts): Health {
  const health = new Health();
  const silent = (probe: () => Promise<unknown>) => async (): Promise<undefined> => {
    await probe();
  };
  health.register(
    'database',
    silent(() => database.ping()),
  );
  health.register(
    eventLogProbe,
    silent(() => store.readLastPosition()),
  );
  health.register(
    'vault',
    vaultProbe(new Vault(database, keys), () => rootKeyInUse(database)),
  );
  return health;
}

/** Errors whose message tells whoever starts the service what to do. */
const sentences = [
  DefinitionChangedWithoutVersion,
  EndpointIsMalformed,
  KeyRingIsRefused,
  RangeIsMalformed,
  SchemaIsUnknown,
  TlsIsUnsafe,
] as const;

function asSentence(error: unknown, { host, httpPort, metricsPort }: ConnectionConfig): unknown {
  if (sentences.some((sentence) => error instanceof sentence)) return new CannotStart((error as Error).message, { cause: error });
  const { code, port } = error as { readonly code?: unknown; readonly port?: unknown };
  if (code === 'EADDRINUSE') {
    const [taken, on, variable] =
      port === metricsPort ? [metricsPort, '0.0.0.0', 'CONNECTION_METRICS_PORT'] : [httpPort, host, 'CONNECTION_HTTP_PORT'];
    return new CannotStart(`The port ${taken} on ${on} is taken: free it, or set ${variable} to another one.`, { cause: error });
  }
  return error;
}
