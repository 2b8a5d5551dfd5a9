import { Database, isUnavailable, refuseUnknownSchema, SchemaIsUnknown } from '#postgres';
import { CannotStart, Health, type Logger, type ProbeResult } from '#runtime';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Commits } from './commits';
import type { EventStoreServerConfig } from './config';
import { CannotListen, GrpcServer } from './edge/grpc-server';
import { Leftovers } from './leftovers';
import { LogReader } from './log-reader';
import { LogHasAnotherWriter, LogIsNotWritable, LogWriter } from './log-writer';
import { eventStoreMigrations } from './migrations';
import { Scavenger } from './scavenger';

/** One connection writes; these read, for all calls together. */
const readingConnections = 4;

/** The parts of the server, put together when the application starts and taken apart, in reverse, when it stops. */
export class EventStoreServer implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #health = new Health();
  readonly #parts: { stop(): Promise<void> }[] = [];
  #port = 0;

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

  get address(): string {
    const { host } = this.config;
    return `esdb://${host.includes(':') ? `[${host}]` : host}:${this.#port}?tls=false`;
  }

  ready(): Promise<readonly ProbeResult[]> {
    return this.#health.ready();
  }

  async #start(): Promise<void> {
    const { logger } = this;
    const { host, port, databaseUrl } = this.config;
    const database = await Database.open({ url: databaseUrl, applicationName: 'patchbay-log-reader', poolSize: readingConnections });
    this.#parts.push({ stop: () => database.close() });
    await refuseUnknownSchema(database, eventStoreMigrations);

    const commits = new Commits();
    const leftovers = new Leftovers();
    const writer = await LogWriter.open({ url: databaseUrl, commits, leftovers, logger });
    this.#parts.push({ stop: () => writer.close() });
    this.#parts.push(Scavenger.start({ database, leftovers, logger, mayDelete: () => writer.isWritable }));

    const server = await GrpcServer.listen(host, port, { writer, reader: new LogReader(database), commits, logger });
    this.#parts.push({ stop: () => server.stop() });
    this.#port = server.port;

    this.#health.register('log_database', async () => {
      await database.ping();
      return undefined;
    });
    this.#health.register('log_writer', () =>
      writer.isWritable ? Promise.resolve(undefined) : Promise.reject(new LogIsNotWritable('The log cannot be written now.')),
    );
    logger.info({ address: this.address }, 'The event store listens');
  }
}

/** Failures that whoever started the server can do something about are told in a sentence. */
const sentenceFor = (error: unknown): unknown => {
  if (error instanceof SchemaIsUnknown || error instanceof LogHasAnotherWriter || error instanceof CannotListen) {
    return new CannotStart(error.message, { cause: error });
  }
  return isUnavailable(error) ? new CannotStart('The database of the log does not answer: is it running?', { cause: error }) : error;
};
