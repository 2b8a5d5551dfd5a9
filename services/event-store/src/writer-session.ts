import { targetOf } from '#postgres';
import type { Secret } from '#secret';
import { Client } from 'pg';
import { noRevision, revisionText, type PlacedEvent } from './log-event';
import { headUnder, LogTip, rememberedIds } from './log-tip';

/** The lock that makes this the log's only writer (PostgreSQL manual 13.3.5). */
const lockKey = 'patchbay log writer';
export const writerName = 'patchbay-log-writer';

const connectTimeoutMs = 3_000;
const statementTimeoutMs = 8_000;
const answerTimeoutMs = 10_000;
const heartbeatMs = 3_000;

/** Events that are said to follow a version of a stream. */
export interface Comparison {
  readonly stream: string;
  readonly after: number;
  readonly eventIds: readonly string[];
}

/**
 * The right to write, for as long as it lasts: one connection that holds the lock and does the writing. When it breaks, both are gone at
 * once, and PostgreSQL gives the lock to the next only after whatever this connection was doing has ended; so what a new session reads
 * as the log's end is the end.
 */
export class WriterSession {
  readonly #lost = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  #ended: Promise<void> | null = null;

  private constructor(
    private readonly client: Client,
    readonly tip: LogTip,
  ) {
    client.on('error', (error) => this.abandon(error));
    client.on('end', () => this.abandon(new Error('The connection that writes the log is gone.')));
    this.#heartbeat = setInterval(() => void this.client.query('select 1').catch((error: unknown) => this.abandon(error)), heartbeatMs);
    this.#heartbeat.unref();
  }

  /** Null when another process is the writer. */
  static async open(url: Secret): Promise<WriterSession | null> {
    const client = new Client({
      ...targetOf(url),
      application_name: writerName,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: answerTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // So that the lock of a machine that vanished is free again after about 25 s.
      options: '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3',
    });
    client.on('error', () => undefined); // without a listener, a connection lost between two queries ends the process
    try {
      await client.connect();
      if (await takeLock(client)) return new WriterSession(client, await readTip(client));
    } catch (error) {
      await end(client);
      throw error;
    }
    await end(client);
    return null;
  }

  /** Aborts when the right to write is gone. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Makes the tip know these streams. */
  async learn(streams: readonly string[]): Promise<void> {
    const { rows } = await this.client.query<{ stream: string; revision: string; settings: Buffer | null }>({
      ...headsOfStreams,
      values: [streams],
    });
    this.tip.learn(new Map(rows.map(({ stream, revision, settings }) => [stream, headUnder(stream, Number(revision), settings)])));
  }

  /** One statement, so one commit: all of the events are stored, or none. */
  async insert(events: readonly PlacedEvent[], created: Date): Promise<void> {
    await this.client.query({
      ...insertEvents,
      values: [
        events.map(({ position }) => position),
        events.map(({ stream }) => stream),
        events.map(({ revision }) => revisionText(revision)),
        events.map(({ id }) => id),
        events.map(({ type }) => type),
        events.map(({ isJson }) => isJson),
        events.map(({ data }) => data),
        events.map(({ metadata }) => metadata),
        created,
      ],
    });
    this.tip.advance(events);
  }

  /** The position of the last of the events where all of them lie where they are said to, else null; one answer for each comparison. */
  async compare(comparisons: readonly Comparison[]): Promise<readonly (bigint | null)[]> {
    const wanted = comparisons.flatMap(({ stream, after, eventIds }, nth) =>
      eventIds.map((id, index) => ({ nth, stream, revision: after + 1 + index, id })),
    );
    const { rows } = await this.client.query<{ nth: number; matches: string; position: string }>({
      ...matchesOfComparisons,
      values: [
        wanted.map(({ nth }) => nth),
        wanted.map(({ stream }) => stream),
        wanted.map(({ revision }) => revision),
        wanted.map(({ id }) => id),
      ],
    });
    const found = new Map(rows.map((row) => [row.nth, row]));
    return comparisons.map(({ eventIds }, nth) => {
      const row = found.get(nth);
      return row !== undefined && Number(row.matches) === eventIds.length ? BigInt(row.position) : null;
    });
  }

  /** Gives the right to write back, whatever the reason; any number of times. */
  abandon(reason: unknown): void {
    if (this.#lost.signal.aborted) return;
    clearInterval(this.#heartbeat);
    this.#ended = end(this.client);
    this.#lost.abort(reason);
  }

  /** As `abandon`, and waits until the connection is closed. */
  async close(): Promise<void> {
    this.abandon(new Error('The right to write the log was given back.'));
    await this.#ended;
  }
}

const takeLock = async (client: Client): Promise<boolean> => {
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as taken', [lockKey]);
  return rows[0]?.taken === true;
};

const readTip = async (client: Client): Promise<LogTip> => {
  const { rows } = await client.query<{ id: string; stream: string; revision: string; position: string }>(
    'select event_id as id, stream, revision, position from log.events order by position desc limit $1',
    [rememberedIds],
  );
  const newest = rows.map(({ id, stream, revision, position }) => ({ id, stream, revision: Number(revision), position: BigInt(position) }));
  return new LogTip(newest[0]?.position ?? 0n, newest.reverse());
};

const end = async (client: Client): Promise<void> => {
  await client.end().catch(() => undefined); // already gone is as good
};

// A named statement is planned once for the connection. Only those are named whose plan stays right while the table grows.
const headsOfStreams = {
  name: 'heads-of-streams',
  text: `
    select wanted.stream, coalesce(head.revision, ${noRevision}) as revision, newest.data as settings
    from unnest($1::text[]) as wanted (stream)
    left join lateral (
      select revision from log.events where events.stream = wanted.stream order by revision desc limit 1
    ) as head on true
    left join lateral (
      select data from log.events
      where events.stream = '$$' || wanted.stream and not starts_with(wanted.stream, '$$')
      order by revision desc limit 1
    ) as newest on true`,
};

const insertEvents = {
  name: 'insert-events',
  text: `
    insert into log.events (position, stream, revision, event_id, type, is_json, data, metadata, created)
    select placed.*, $9
    from unnest($1::bigint[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::boolean[], $7::bytea[], $8::bytea[]) as placed`,
};

const matchesOfComparisons = {
  text: `
    select wanted.nth, count(*) as matches, max(events.position) as position
    from unnest($1::integer[], $2::text[], $3::bigint[], $4::uuid[]) as wanted (nth, stream, revision, event_id)
    join log.events on events.stream = wanted.stream and events.revision = wanted.revision and events.event_id = wanted.event_id
    group by wanted.nth`,
};
