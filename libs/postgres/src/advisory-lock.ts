import { setTimeout as pause } from 'node:timers/promises';
import type { Secret } from '#secret';
import { Client } from 'pg';
import { targetOf } from './database-target';
import { isUnavailable } from './unavailable';

interface Options {
  /** Shown in `pg_stat_activity`; `patchbay-lock` unless told. */
  readonly applicationName?: string;
  /**
   * A holder that the server has not heard of for so long loses the lock: one whose process is paused keeps its connection, and nobody else
   * would ever get its turn. For ever unless told.
   */
  readonly leaseMs?: number;
}

const connectTimeoutMs = 3_000;
const answerTimeoutMs = 3_000;
const heartbeatAtMostMs = 3_000;
const heartbeatsPerLease = 3;
const retryMs = 500;
const goodbyeMs = 1_000;

/**
 * A name that one process in the whole deployment may hold (PostgreSQL manual 13.3.5), on a connection of its own: a session lock in a pool
 * would be held by whoever borrows the connection next. `lost` aborts when the connection, and the lock with it, is gone or does not answer
 * within 3 s; whoever holds the lock must stop then, as another may have it. It does not abort on `release`.
 * Without a lease the server frees the lock of a machine that vanished after about 25 s.
 */
export class AdvisoryLock {
  readonly #lost = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  #released = false;

  private constructor(
    private readonly client: Client,
    { leaseMs = Infinity }: Options,
  ) {
    client.on('error', () => this.#lose());
    client.on('end', () => this.#lose());
    this.#heartbeat = setTimeout(() => void this.#beat(), Math.min(heartbeatAtMostMs, leaseMs / heartbeatsPerLease));
    this.#heartbeat.unref();
  }

  /** Takes the lock if it is free, else null. */
  static async tryAcquire(url: Secret, key: string, options: Options = {}): Promise<AdvisoryLock | null> {
    const client = await connect(url, options);
    try {
      if (await take(client, key)) return new AdvisoryLock(client, options);
    } catch (error) {
      await close(client);
      throw error;
    }
    await close(client);
    return null;
  }

  /**
   * Waits for the lock until `signal` aborts, asking about twice a second, also through times when no server answers.
   *
   * @throws signal.reason, or an error that waiting does not cure
   */
  static async acquire(url: Secret, key: string, { signal, ...options }: Options & { signal: AbortSignal }): Promise<AdvisoryLock> {
    for (;;) {
      try {
        signal.throwIfAborted();
        return new AdvisoryLock(await waitFor(key, await connect(url, options), signal), options);
      } catch (error) {
        signal.throwIfAborted();
        if (!isUnavailable(error)) throw error;
      }
      await breather(signal);
    }
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    this.#released = true;
    clearTimeout(this.#heartbeat);
    await close(this.client);
  }

  async #beat(): Promise<void> {
    try {
      await this.client.query('select 1');
      if (!this.#released && !this.lost.aborted) this.#heartbeat.refresh();
    } catch {
      this.#lose();
    }
  }

  #lose(): void {
    if (this.#released) return;
    clearTimeout(this.#heartbeat);
    this.#lost.abort(new Error('The connection that held the advisory lock is gone.'));
    void close(this.client);
  }
}

const connect = async (url: Secret, { applicationName = 'patchbay-lock', leaseMs }: Options): Promise<Client> => {
  const client = new Client({
    ...targetOf(url),
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // So that the server notices a vanished client as fast as the client a vanished server.
    options: `-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3${leaseMs === undefined ? '' : ` -c idle_session_timeout=${leaseMs}`}`,
  });
  client.on('error', () => undefined); // without a listener, a connection lost between two queries ends the process
  await client.connect();
  return client;
};

/** Resolves with the client when it holds the lock; closes it otherwise. */
const waitFor = async (key: string, client: Client, signal: AbortSignal): Promise<Client> => {
  try {
    while (!(await take(client, key))) await breather(signal);
    return client;
  } catch (error) {
    await close(client);
    throw error;
  }
};

/** Half a second, more or less, so that the waiting do not ask in step. Returns early when nobody waits any longer. */
const breather = async (signal: AbortSignal): Promise<void> => {
  await pause(retryMs * (0.5 + Math.random()), undefined, { signal }).catch(() => signal.throwIfAborted());
};

const take = async (client: Client, key: string): Promise<boolean> => {
  const answer = await client.query<{ taken: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as taken', [key]);
  return answer.rows[0]?.taken === true;
};

// Already gone is as good; a server that does not say goodbye is not waited for.
const close = async (client: Client): Promise<void> => {
  await Promise.race([client.end().catch(() => undefined), pause(goodbyeMs, undefined, { ref: false })]);
};
