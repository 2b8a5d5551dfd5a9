import { setTimeout as pause } from 'node:timers/promises';
import type { Secret } from '#secret';
import { QueryFailedError, type DataSource } from 'typeorm';
import { connectDataSource, type Entities } from './data-source';
import { rows } from './rows';
import type { Transaction } from './transaction';

export interface DatabaseOptions {
  /** The URL of the role this process runs as. */
  readonly url: Secret;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Connections at most; 5 unless told. */
  readonly poolSize?: number;
  /** After which the server cancels a statement; 10 s unless told. */
  readonly statementTimeoutMs?: number;
  /** After which the server ends a session that does nothing in an open transaction, which holds its locks; 60 s unless told. */
  readonly idleInTransactionMs?: number;
  readonly entities?: Entities;
}

const pingTimeoutMs = 3_000;

/** One role's pool. Work that belongs to a workspace goes through `inWorkspace`, so that row policies have something to compare with. */
export class Database {
  private constructor(private readonly source: DataSource) {}

  /**
   * Connects, with four more attempts over about two seconds while nobody answers.
   *
   * @throws DatabaseUrlIsInvalid, or the driver's error
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    return new Database(await connectDataSource({ poolSize: 5, statementTimeoutMs: 10_000, ...options }));
  }

  /** One statement on any connection, outside a workspace: row policies hide every workspace's rows from it. */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const runner = this.source.createQueryRunner();
    try {
      return await rows<Row>(runner.manager, sql, parameters);
    } catch (error) {
      throw withoutValues(error);
    } finally {
      await runner.release();
    }
  }

  /** Commits what `work` did when it resolves, undoes it when it rejects. Never repeated: `work` may have acted outside. */
  async transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    try {
      return await this.source.transaction(work);
    } catch (error) {
      throw withoutValues(error);
    }
  }

  /** A transaction that row policies read as this workspace's: `patchbay.workspace` holds its id until the transaction ends, not longer. */
  inWorkspace<Result>(workspaceId: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.transaction(async (tx) => {
      await tx.query(`select set_config('patchbay.workspace', $1, true)`, [workspaceId]);
      return work(tx);
    });
  }

  /** Resolves when the server answers a query, rejects after 3 s otherwise. */
  async ping(): Promise<void> {
    const answered = new AbortController();
    const late = pause(pingTimeoutMs, undefined, { signal: answered.signal }).then(() => {
      throw new Error(`The database did not answer within ${pingTimeoutMs / 1000} s.`);
    });
    try {
      await Promise.race([this.query('select 1'), late]);
    } finally {
      answered.abort();
    }
  }

  /** Waits for open transactions, then closes every connection. */
  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
  }
}

// TypeORM copies a statement's parameters, and the row that PostgreSQL quotes in DETAIL, onto the error, and errors reach logs.
const withoutValues = (error: unknown): unknown => {
  if (!(error instanceof QueryFailedError)) return error;
  for (const holder of [error, error.driverError as object]) {
    for (const name of ['parameters', 'detail', 'where', 'internalQuery']) Reflect.deleteProperty(holder, name);
  }
  return error;
};
