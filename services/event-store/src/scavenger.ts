import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '#postgres';
import type { Logger } from '#runtime';
import type { Leftovers } from './leftovers';
import { metastreamOf, tombstoneRevision } from './log-event';
import { firstShown, oldestShown, settingsFor } from './stream-settings';

interface Options {
  readonly database: Database;
  readonly leftovers: Leftovers;
  readonly logger: Logger;
  /** Whether this process is the log's writer: nobody else deletes. */
  readonly mayDelete: () => boolean;
  readonly pace?: Pace;
}

interface Pace {
  /** Between two looks at what was noted. */
  readonly restMs: number;
  /** Between two looks at all streams: how long after its time an event may lie that is hidden by its age alone. */
  readonly sweepEachMs: number;
}

const usualPace: Pace = { restMs: 250, sweepEachMs: 10 * 60_000 };
/** What one statement looks at, and deletes, at most: appends and reads go on in between. */
const streamsAtOnce = 50;
const eventsAtOnce = 500;
const betweenBatchesMs = 10;

/**
 * Deletes what settings hide: events before `$tb`, beyond `$maxCount`, older than `$maxAge`, those of deleted streams, and settings that
 * were replaced. The last event of a stream always stays, so revisions go on where they were, and so do positions: the log's last
 * event is the last of its stream. A process that dies in between has deleted a part; the next one's first look finds the rest.
 */
export class Scavenger {
  readonly #stopping = new AbortController();
  readonly #working: Promise<void>;
  #sweptAt = 0;
  #deleted = 0;

  private constructor(private readonly options: Options) {
    this.#working = this.#work(options.pace ?? usualPace);
  }

  static start(options: Options): Scavenger {
    return new Scavenger(options);
  }

  /** Events deleted since it was started. */
  get deleted(): number {
    return this.#deleted;
  }

  /** Ends with the batch that is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  async #work({ restMs, sweepEachMs }: Pace): Promise<void> {
    const { leftovers, logger, mayDelete } = this.options;
    while (await this.#rest(restMs)) {
      if (!mayDelete()) continue;
      const before = this.#deleted;
      try {
        if (leftovers.areAnywhere || performance.now() - this.#sweptAt > sweepEachMs) await this.#sweep();
        else await this.#clear();
      } catch (error) {
        leftovers.noteAll();
        logger.warn({ err: error }, 'Hidden events could not be deleted now');
      }
      if (this.#deleted > before) logger.debug({ events: this.#deleted - before }, 'Deleted events that no reader is shown');
    }
  }

  async #clear(): Promise<void> {
    for (;;) {
      const streams = this.options.leftovers.take(streamsAtOnce);
      if (streams.length === 0) return;
      if (!(await this.#clean(streams))) return;
    }
  }

  async #sweep(): Promise<void> {
    const began = performance.now();
    this.options.leftovers.takeAll();
    for (const sql of [streamsWithSettings, streamsGoneForGood]) {
      for (let after = ''; ;) {
        const found = await this.options.database.query<{ stream: string }>(sql, [after, streamsAtOnce]);
        const last = found.at(-1);
        if (last === undefined) break;
        after = last.stream;
        if (!(await this.#clean(found.map(({ stream }) => stream)))) return;
      }
    }
    this.#sweptAt = began;
  }

  /** Answers whether it may go on. */
  async #clean(streams: readonly string[]): Promise<boolean> {
    const { database, mayDelete } = this.options;
    const extents = await database.query<ExtentRow>(extentsOf, [streams]);
    const cuts = extents.flatMap(cutsOf);
    for (let count = eventsAtOnce; count === eventsAtOnce;) {
      if (!mayDelete()) return false;
      const [row] = await database.query<{ count: string }>(deleteHidden, [
        cuts.map(({ stream }) => stream),
        cuts.map(({ last }) => last),
        cuts.map(({ first }) => first),
        cuts.map(({ since }) => since),
        eventsAtOnce,
      ]);
      count = Number(row?.count ?? 0);
      this.#deleted += count;
      if (!(await this.#rest(betweenBatchesMs))) return false;
    }
    return true;
  }

  /** Answers whether there is more to do afterwards. */
  async #rest(ms: number): Promise<boolean> {
    const { signal } = this.#stopping;
    await pause(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}

interface ExtentRow {
  readonly stream: string;
  readonly last: string | null;
  readonly settings: Buffer | null;
  readonly settings_last: string | null;
}

/** Events of a stream that may go: those before `last` that lie before `first` or are older than `since`. */
interface Cut {
  readonly stream: string;
  readonly last: bigint;
  readonly first: bigint;
  readonly since: Date | null;
}

const cutsOf = ({ stream, last, settings, settings_last: settingsLast }: ExtentRow): readonly Cut[] => [
  ...(last === null ? [] : [cutOf(stream, BigInt(last), settings)]),
  ...(settingsLast === null ? [] : [cutOf(metastreamOf(stream), BigInt(settingsLast), null)]),
];

const cutOf = (stream: string, last: bigint, data: Buffer | null): Cut => {
  if (Number(last) === tombstoneRevision) return { stream, last, first: last, since: null };
  const settings = settingsFor(stream, data);
  const first = firstShown(settings, last);
  return { stream, last, first: first < last ? first : last, since: oldestShown(settings) };
};

/** Metastreams lie together in the index over streams. */
const streamsWithSettings = `
  select substr(stream, 3) as stream from log.events
  where stream > '$$' || $1 and stream < '$%'
  group by events.stream order by events.stream limit $2`;

const streamsGoneForGood = `
  select stream from log.events where revision = 9223372036854775807 and stream > $1 order by stream limit $2`;

const extentsOf = `
  select wanted.stream, head.revision as last, newest.data as settings, newest.revision as settings_last
  from unnest($1::text[]) as wanted (stream)
  left join lateral (
    select revision from log.events where events.stream = wanted.stream order by revision desc limit 1
  ) as head on true
  left join lateral (
    select revision, data from log.events where events.stream = '$$' || wanted.stream order by revision desc limit 1
  ) as newest on true`;

const deleteHidden = `
  with deleted as (
    delete from log.events using (
      select oldest.position
      from unnest($1::text[], $2::bigint[], $3::bigint[], $4::timestamptz[]) as cut (stream, last, first, since)
      cross join lateral (
        select position, revision, created from log.events
        where events.stream = cut.stream and revision < case when cut.since is null then cut.first else cut.last end
        order by revision limit $5
      ) as oldest
      where oldest.revision < cut.first or oldest.created < cut.since
      limit $5
    ) as hidden
    where events.position = hidden.position
    returning 1
  )
  select count(*) from deleted`;
