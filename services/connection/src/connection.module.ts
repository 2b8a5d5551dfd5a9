import { catalog } from '#connectors';
import { ConnectionStreams, CredentialKeeper, Verifier } from '#custody';
import { DefinitionChangedWithoutVersion, Refused, type Settled } from '#domain';
import { LogIsUnavailable, openEventStore, type EventStore } from '#event-store';
import { EndpointIsMalformed, endpointsOf, GuardedHttp, OutboundPolicy, RangeIsMalformed, TlsIsUnsafe } from '#outbound';
import { Database, refuseUnknownSchema, SchemaIsUnknown } from '#postgres';
import { readModelsEntities, readModelsMigrations } from '#read-models';
import { CannotStart, createHttpApp, Health, type Logger, type RunningService } from '#runtime';
import { ConnectionAccounts, KeyRingIsRefused, openKeyRing, Vault, VaultHeads, vaultMigrations, type KeyPort } from '#vault';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ExponentialBackoff, handleType, retry } from 'cockatiel';
import { CreateConnectionHandler } from './commands/create-connection';
import { OpenLog, OpenLogHandler } from './commands/open-log';
import { RecordCatalog, RecordCatalogHandler } from './commands/record-catalog';
import { RenameConnectionHandler } from './commands/rename-connection';
import { VerifyConnectionHandler } from './commands/verify-connection';
import type { ConnectionConfig } from './config';
import { ConnectionAnswers } from './connection-answers';
import { Admission, refuseRoutesWithoutPermission } from './edge/admission';
import { Authentication } from './edge/authentication';
import { CatalogHttp } from './edge/catalog.http';
import { ConnectionsHttp } from './edge/connections.http';
import { Dispatch } from './edge/dispatch';
import { keySetAt } from './edge/key-set';
import { openApiOf, serveOpenApi } from './edge/open-api';
import { PagesHttp, publicUrlToken } from './edge/pages.http';
import { answerProblem, ProblemFilter } from './edge/problem-filter';
import { NameReservations } from './name-reservations';
import { GetConnectionHandler } from './queries/get-connection';
import { GetConnectorHandler } from './queries/get-connector';
import { ListCategoriesHandler } from './queries/list-categories';
import { ListConnectionsHandler } from './queries/list-connections';
import { ListConnectorsHandler } from './queries/list-connectors';
import { ReadHistoryHandler } from './queries/read-history';
import { ReadPosition } from './read-position';
import { ConnectorStreams, LogStream, NameStreams } from './streams';

/** What the service stands on, opened by whoever starts it. */
export interface ConnectionParts {
  readonly database: Database;
  readonly store: EventStore;
  readonly keys: KeyPort;
  readonly http: GuardedHttp;
  readonly clock: () => Date;
}

/** The commands and questions of connections: all that an edge needs, and no edge. */
@Module({})
export class ConnectionModule {
  static on(parts: ConnectionParts): DynamicModule {
    return {
      module: ConnectionModule,
      imports: [CqrsModule.forRoot()],
      providers: [...handlers, ...standingOn(parts)],
      exports: [CqrsModule],
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
      controllers: [ConnectionsHttp, CatalogHttp, PagesHttp],
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
  RenameConnectionHandler,
  VerifyConnectionHandler,
  RecordCatalogHandler,
  OpenLogHandler,
  GetConnectionHandler,
  ListConnectionsHandler,
  ReadHistoryHandler,
  ListConnectorsHandler,
  GetConnectorHandler,
  ListCategoriesHandler,
];

function standingOn({ database, store, keys, http, clock }: ConnectionParts): readonly Provider[] {
  const vault = new Vault(database, keys);
  const accounts = new ConnectionAccounts(database);
  const connections = new ConnectionStreams({ store, heads: new VaultHeads<Settled>(database), clock });
  const names = new NameStreams({ store, clock });
  return [
    { provide: Database, useValue: database },
    { provide: ConnectionAccounts, useValue: accounts },
    { provide: ConnectionStreams, useValue: connections },
    { provide: NameStreams, useValue: names },
    { provide: ConnectorStreams, useValue: new ConnectorStreams({ store, clock }) },
    { provide: LogStream, useValue: new LogStream({ store, clock }) },
    { provide: NameReservations, useValue: new NameReservations(names, connections, clock) },
    { provide: CredentialKeeper, useValue: new CredentialKeeper(vault, clock) },
    { provide: Verifier, useValue: new Verifier({ http, vault }) },
    { provide: ConnectionAnswers, useValue: new ConnectionAnswers(connections, accounts) },
    { provide: ReadPosition, useValue: new ReadPosition(database) },
  ];
}

/**
 * Opens what the service stands on, puts the catalog on record and serves HTTP.
 *
 * @throws CannotStart when something in its configuration or surroundings keeps it from starting
 */
export async function startConnection(config: ConnectionConfig, { logger }: { readonly logger: Logger }): Promise<RunningService> {
  const opened: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let last = opened.pop(); last !== undefined; last = opened.pop()) await last();
  };
  try {
    const parts = await open(config, logger, opened);
    const service = await serveConnection(config, parts, { logger });
    return { ...service, stop: () => service.stop().finally(close) };
  } catch (error) {
    await close();
    throw asSentence(error, config);
  }
}

async function open(config: ConnectionConfig, logger: Logger, opened: (() => Promise<void>)[]): Promise<ConnectionParts> {
  const { databaseUrl, eventStoreUrl, host, httpPort, ownEndpoints } = config;
  const own = [databaseUrl.reveal(), eventStoreUrl, `${host}:${httpPort}`, ...ownEndpoints].flatMap(endpointsOf);
  const http = new GuardedHttp({ policy: OutboundPolicy.from({ allowedCidrs: config.outboundAllowedCidrs, ownEndpoints: own }) });
  opened.push(() => {
    http.close();
    return Promise.resolve();
  });
  const keys = await openKeyRing(config.keyRingFile);
  const database = await Database.open({
    url: databaseUrl,
    applicationName: 'patchbay-connection',
    poolSize: 10,
    entities: [...readModelsEntities],
  });
  opened.push(() => database.close());
  await refuseUnknownSchema(database, [...vaultMigrations, ...readModelsMigrations]);
  const store = openEventStore({
    url: eventStoreUrl,
    name: 'patchbay-connection',
    onInterruption: (err) => logger.warn({ err }, 'The connection to the log broke: it goes on by itself'),
  });
  opened.push(() => store.close());
  return { database, store, keys, http, clock: () => new Date() };
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
    app.useGlobalFilters(new ProblemFilter(logger));
    serveOpenApi(app, openApiOf(app, publicUrl));
    await app.init();
    await putOnRecord(app);
    await app.listen(httpPort, host);
  } catch (error) {
    await app.close();
    throw error;
  }
  return { addresses: { http: await app.getUrl() }, ready: () => health.ready(), stop: () => app.close() };
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
    'event_log',
    silent(() => store.readLastPosition()),
  );
  health.register(
    'vault',
    silent(() => keys.health()),
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

function asSentence(error: unknown, { host, httpPort }: ConnectionConfig): unknown {
  if (sentences.some((sentence) => error instanceof sentence)) return new CannotStart((error as Error).message, { cause: error });
  const { code } = error as { readonly code?: unknown };
  if (code === 'EADDRINUSE') {
    return new CannotStart(`The port ${httpPort} on ${host} is taken: free it, or set CONNECTION_HTTP_PORT to another one.`, {
      cause: error,
    });
  }
  return error;
}
