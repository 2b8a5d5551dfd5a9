import { setTimeout as pause } from 'node:timers/promises';
import type { Secret } from '#secret';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { targetOf } from './database-target';
import { EnduringClient } from './enduring-client';
import { migrationsTable, type Migration } from './migration';
import { Silence } from './silence';
import { isUnavailable } from './unavailable';

export type Entities = NonNullable<DataSourceOptions['entities']>;

interface Options {
  readonly url: Secret;
  readonly applicationName: string;
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionMs?: number;
  readonly entities?: Entities;
  readonly migrations?: readonly Migration[];
}

const connectTimeoutMs = 3_000;
const attempts = 5;
const backOffMs = 100;

/** TypeORM's data source with a time-out on everything, connected; tried again (full jitter, doubling) while nobody answers. */
export const connectDataSource = async (options: Options): Promise<DataSource> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await new DataSource(settingsOf(options)).initialize();
    } catch (error) {
      if (attempt === attempts || !isUnavailable(error)) throw error;
      await pause(Math.random() * backOffMs * 2 ** attempt);
    }
  }
};

const settingsOf = ({
  url,
  applicationName,
  poolSize,
  statementTimeoutMs,
  idleInTransactionMs = 60_000,
  entities = [],
  migrations,
}: Options): DataSourceOptions => {
  const { host, port, user, password, database, ssl } = targetOf(url);
  return {
    type: 'postgres',
    host,
    port,
    username: user,
    password,
    database,
    ssl,
    applicationName,
    poolSize,
    connectTimeoutMS: connectTimeoutMs,
    installExtensions: false,
    logger: new Silence(),
    entities,
    ...(migrations !== undefined && {
      migrations: [...migrations],
      migrationsTableName: migrationsTable.name,
      schema: migrationsTable.schema,
    }),
    extra: {
      Client: EnduringClient,
      statement_timeout: statementTimeoutMs,
      // A server that is gone cannot cancel anything: then the client gives up on its own.
      query_timeout: statementTimeoutMs + connectTimeoutMs,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    },
  };
};
