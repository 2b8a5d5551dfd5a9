import { openEventStore, type EventStore } from '#event-store';
import { Follower, followMigrations, type Following } from '#follow';
import { AdvisoryLock, Database, refuseUnknownSchema, SchemaIsUnknown } from '#postgres';
import { readModelsFollower, readModelsMigrations } from '#read-models';
import type { Registry } from 'prom-client';
import { CannotStart, eventLogProbe, Health, measureLog, Metrics, type Logger, type ProbeResult } from '#runtime';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ProjectionsConfig } from './config';
import { FollowerMetrics } from './follower-metrics';
import { logHappening } from './log-happening';
import { projections } from './projections';
import { logIdOf, type ReadEvent } from './read-event';
import { readModelsWork } from './read-models-work';
import { Rebuilder, type RebuildHappening } from './rebuilder';
import { claimLiveTables, liveSlots } from './slots';

/** Catching up, the rows of so many events are written at once: what a transaction costs by itself no longer counts, and memory stays small. */
const eventsPerTransaction = 2_000;

/** The follower's and a rebuild's transaction write, one each at a time; other connections are for what is looked up meanwhile, and for readiness. */
const connections = 4;

/**
 * A process that is halted, by an operator or by a machine without memory, keeps its connections and with them its turn and its row locks.
 * After so long the server takes both from it, and another process goes on; the checkpoint keeps the halted one, woken, from writing.
 */
const pausedAtMostMs = 6_000;

/** The follower and what it stands on, put together when the application starts and taken apart, in reverse, when it stops. */
export class ProjectionsProcess implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #health = new Health();
  readonly #metrics = new Metrics('projections');
  readonly #parts: { stop(): Promise<void> }[] = [];
  readonly #addresses: Record<string, string> = {};

  constructor(
    private readonly config: ProjectionsConfig,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.onApplicationShutdown();
      throw error instanceof SchemaIsUnknown ? new CannotStart(error.message, { cause: error }) : error;
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
    const { databaseUrl, eventStoreUrl, httpPort } = this.config;
    const database = await Database.open({
      url: databaseUrl,
      applicationName: 'patchbay-projections',
      poolSize: connections,
      idleInTransactionMs: pausedAtMostMs,
    });
    this.#parts.push({ stop: () => database.close() });
    await refuseUnknownSchema(database, [...followMigrations, ...readModelsMigrations]);

    const store = openEventStore({
      url: eventStoreUrl,
      name: 'patchbay-projections',
      onInterruption: (err) => logger.warn({ err }, 'The subscription to the log broke: it goes on by itself'),
    });
    this.#parts.push({ stop: () => store.close() });

    const metrics = new FollowerMetrics(this.#metrics.registry);
    const follower = this.#follower(database, store, metrics);
    metrics.watch(follower, database);
    follower.start();
    this.#parts.push({ stop: () => follower.stop() });

    const rebuilder = this.#rebuilder(database, store);
    rebuilder.start();
    this.#parts.push({ stop: () => rebuilder.stop() });

    this.#health.register('database', async () => {
      await database.ping();
      return undefined;
    });
    this.#health.register(eventLogProbe, async () => {
      await store.readLastPosition();
      return undefined;
    });
    this.#health.register('read_models', () => readiness(follower.following));
    this.#health.register('versions', () => rebuilder.ready());
    measureLog(this.#metrics.registry, () => this.ready());
    if (httpPort !== undefined) {
      const page = await this.#metrics.listen('0.0.0.0', httpPort, this.#health);
      this.#parts.push({ stop: () => page.close() });
      this.#addresses['http'] = `http://127.0.0.1:${page.port}`;
    }
  }

  #follower(database: Database, store: EventStore, metrics: FollowerMetrics): Follower<ReadEvent> {
    return new Follower({
      ...readModelsWork(liveSlots),
      name: readModelsFollower,
      store,
      database,
      batchSize: eventsPerTransaction,
      logIdOf,
      takeTurn: (signal) =>
        AdvisoryLock.acquire(this.config.databaseUrl, `follower ${readModelsFollower}`, { signal, leaseMs: pausedAtMostMs }),
      prepare: (tx) => claimLiveTables(tx, projections),
      onHappening: (happening) => {
        metrics.happened(happening);
        logHappening(this.logger, happening);
      },
    });
  }

  #rebuilder(database: Database, store: EventStore): Rebuilder {
    const { databaseUrl } = this.config;
    return new Rebuilder({ store, database, databaseUrl, projections, onHappening: (happening) => this.#logRebuild(happening) });
  }

  #logRebuild(happening: RebuildHappening): void {
    if (happening.kind === 'interrupted') {
      this.logger.error({ err: happening.error }, 'A rebuild cannot go on: it is tried again');
      return;
    }
    const { id: rebuild, kind, projection } = happening.order;
    const line = { rebuild, projection: projection.name, version: projection.version };
    const what = `The ${kind} of ${projection.name}`;
    if (happening.kind === 'failed')
      this.logger.error({ ...line, err: happening.error }, `${what} failed: readers see what they saw before`);
    else this.logger.info(line, `${what} ${sayings[happening.kind]}`);
  }
}

const sayings = { begun: 'has begun', shown: 'is done: readers see it', cancelled: 'was cancelled' } as const;

/** Ready is who writes and who stands by to; who waits for a new log to be opened is not yet. */
function readiness({ role, problem }: Following): Promise<string> {
  if (role === 'standing-by' || (role === 'following' && problem === null)) return Promise.resolve(role);
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever went wrong is what the probe says
  return Promise.reject(problem ?? Object.assign(new Error(`the runner is ${role}`), { code: role.replaceAll('-', '_') }));
}
