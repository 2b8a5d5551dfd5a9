import { Database, isUnavailable, refuseUnknownSchema, SchemaIsUnknown } from '#postgres';
import type { Registry } from 'prom-client';
import { CannotStart, Health, Metrics, type Logger, type ProbeResult } from '#runtime';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { AccessOfUsers, openAccess, type Access } from './access';
import { Commits } from './commits';
import { defaultKeepAlive, type EventStoreServerConfig } from './config';
import { CannotListen, GrpcServer } from './edge/grpc-server';
import { FileIsRefused } from './file-is-refused';
import { Leftovers } from './leftovers';
import { LogMetrics } from './log-metrics';
import { LogReader } from './log-reader';
import { LogHasAnotherWriter, LogIsNotWritable, LogWriter } from './log-writer';
import { eventStoreMigrations } from './migrations';
import { Scavenger } from './scavenger';
import { readTlsIdentity } from './tls-identity';
import { Users } from './users';
import { readUsersFile } from './users-file';

/** One connection writes; these read, for all calls together. */
const readingConnections = 4;

/** The parts of the server, put together when the application starts and taken apart, in reverse, when it stops. */
export class EventStoreServer implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #health = new Health();
  readonly #metrics = new Metrics('event-store');
  readonly #parts: { stop(): Promise<void> }[] = [];
  readonly #addresses: Record<string, string> = {};

  constructor(
    private readonly config: EventStoreServerConfig,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.onApplicationShutdown();
      throw sentenceFor(error);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) await part.stop();
  }

  get addresses(): Readonly<Record<string, string>> {
    return this.#addresses;
  }

  get registry(): Registry {
    return this.#metrics.registry;
  }

  ready(): Promise<readonly ProbeResult[]> {
    return this.#health.ready();
  }

  async #start(): Promise<void> {
    const { logger } = this;
    const { host, port, databaseUrl, keepAlive = defaultKeepAlive } = this.config;
    const tls = this.config.tls === undefined ? null : await readTlsIdentity(this.config.tls);
    const users = this.config.users === undefined ? null : new Users((await readUsersFile(this.config.users)).users);
    const database = await Database.open({ url: databaseUrl, applicationName: 'patchbay-log-reader', poolSize: readingConnections });
    this.#parts.push({ stop: () => database.close() });
    await refuseUnknownSchema(database, eventStoreMigrations);

    const commits = new Commits();
    const leftovers = new Leftovers();
    const metrics = new LogMetrics(this.#metrics.registry);
    const writer = await LogWriter.open({ url: databaseUrl, commits, leftovers, metrics, logger });
    this.#parts.push({ stop: () => writer.close() });
    const scavenger = Scavenger.start({ database, leftovers, logger, mayDelete: () => writer.isWritable });
    this.#parts.push(scavenger);
    metrics.watch(writer, scavenger);

    const reader = new LogReader(database, metrics);
    const access: Access = users === null ? openAccess : new AccessOfUsers(users, reader, commits);
    const server = await GrpcServer.listen({ host, port, tls, keepAlive }, { writer, reader, commits, access, metrics, logger });
    this.#parts.push({ stop: () => server.stop() });
    this.#addresses['grpc'] = `esdb://${host.includes(':') ? `[${host}]` : host}:${server.port}?tls=${tls === null ? 'false' : 'true'}`;

    this.#health.register('log_database', async () => {
      await database.ping();
      return undefined;
    });
    this.#health.register('log_writer', () =>
      writer.isWritable ? Promise.resolve(undefined) : Promise.reject(new LogIsNotWritable('The log cannot be written now.')),
    );
    await this.#answerHttp();
    logger.info({ addresses: this.#addresses }, 'The event store listens');
  }

  async #answerHttp(): Promise<void> {
    const { httpPort } = this.config;
    if (httpPort === undefined) return;
    const page = await this.#metrics.listen('0.0.0.0', httpPort, this.#health);
    this.#parts.push({ stop: () => page.close() });
    this.#addresses['http'] = `http://127.0.0.1:${page.port}`;
  }
}

/** Failures that whoever started the server can do something about are told in a sentence. */
const sentenceFor = (error: unknown): unknown => {
  if (
    error instanceof SchemaIsUnknown ||
    error instanceof LogHasAnotherWriter ||
    error instanceof CannotListen ||
    error instanceof FileIsRefused
  ) {
    return new CannotStart(error.message, { cause: error });
  }
  return isUnavailable(error) ? new CannotStart('The database of the log does not answer: is it running?', { cause: error }) : error;
};
