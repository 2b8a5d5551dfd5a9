import type { Database } from '#postgres';
import { metastreamOf, ownerOf, type StoredEvent } from './log-event';
import type { LogMetrics } from './log-metrics';
import { firstShown, isDeleted, oldestShown, settingsFor } from './stream-settings';

/** What is read: one stream, counted by revision, or the whole log, counted by position. */
export type Source = { readonly stream: string } | 'all';
export type Direction = 'forwards' | 'backwards';

/** The stream was deleted for good. */
export class StreamIsDeleted extends Error {
  override readonly name = 'StreamIsDeleted';
  constructor(readonly stream: string) {
    super('The stream was deleted for good.');
  }
}

/** What a source shows at the moment, by its own count, both ends inclusive; `last` before `first` shows nothing. */
export interface Extent {
  /** False for a stream that holds no event, or was deleted and not recreated. */
  readonly exists: boolean;
  readonly first: bigint;
  readonly last: bigint;
  /** Events stored before it are not shown. */
  readonly since: Date | null;
}

/** From `from` to `to`, both inclusive, in that order. */
export interface Span {
  readonly direction: Direction;
  readonly from: bigint;
  readonly to: bigint;
  readonly since: Date | null;
}

export interface Page {
  readonly events: readonly StoredEvent[];
  /** Where the span goes on; null when it has been read to its end. */
  readonly next: bigint | null;
}

const pageEvents = 500;
/** A page ends with the event that reaches it, so that the memory of a reader is bounded however large events are. */
const pageBytes = 1024 * 1024;

/** Reads what is stored, a page at a time; between two pages a reader holds nothing of the database, however slow its client is. */
export class LogReader {
  constructor(
    private readonly database: Database,
    private readonly metrics: LogMetrics,
  ) {}

  /**
   * The whole log shows hidden events until they are deleted, as EventStoreDB's does.
   *
   * @throws StreamIsDeleted
   */
  async extentOf(source: Source): Promise<Extent> {
    if (source === 'all') {
      const [row] = await this.database.query<{ last: string | null }>(endOfLog);
      return { exists: true, first: 1n, last: BigInt(row?.last ?? 0), since: null };
    }
    const { stream } = source;
    const [row] = await this.database.query<{ last: string | null; settings: Buffer | null; ended: boolean }>(endOfStream, [
      stream,
      metastreamOf(stream),
      ownerOf(stream),
    ]);
    if (row?.ended === true) throw new StreamIsDeleted(stream);
    const last = BigInt(row?.last ?? -1);
    const settings = settingsFor(stream, row?.settings ?? null);
    return { exists: last >= 0n && !isDeleted(settings), first: firstShown(settings, last), last, since: oldestShown(settings) };
  }

  /** The events of a span from its beginning, at most `limit` of them. */
  async page(source: Source, { direction, from, to, since }: Span, limit = pageEvents): Promise<Page> {
    const [low, high] = direction === 'forwards' ? [from, to] : [to, from];
    if (low > high) return { events: [], next: null };
    const most = Math.min(limit, pageEvents);
    const rows = await this.database.query<EventRow>(pageSql(source, direction), [
      low,
      high,
      since,
      most,
      ...(source === 'all' ? [] : [source.stream]),
    ]);
    const events = rows.map(eventOf);
    this.metrics.read(events.length);
    const last = events.at(-1);
    if (last === undefined || (events.length < most && lengthOf(events) < pageBytes)) return { events, next: null };
    const at = source === 'all' ? last.position : BigInt(last.revision);
    return { events, next: direction === 'forwards' ? at + 1n : at - 1n };
  }

  /** The events of a span, `limit` of them at most. */
  async *events(source: Source, span: Span, limit = Infinity): AsyncGenerator<StoredEvent> {
    let left = limit;
    let next: bigint | null = span.from;
    while (next !== null && left > 0) {
      const page: Page = await this.page(source, { ...span, from: next }, left);
      yield* page.events;
      left -= page.events.length;
      next = page.next;
    }
  }
}

interface EventRow {
  readonly position: string;
  readonly stream: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly is_json: boolean;
  readonly data: Buffer;
  readonly metadata: Buffer;
  readonly created: Date;
}

const eventOf = (row: EventRow): StoredEvent => ({
  position: BigInt(row.position),
  stream: row.stream,
  revision: Number(row.revision),
  id: row.event_id,
  type: row.type,
  isJson: row.is_json,
  data: row.data,
  metadata: row.metadata,
  created: row.created,
});

const lengthOf = (events: readonly StoredEvent[]): number =>
  events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);

const endOfLog = 'select max(position) as last from log.events';

const endOfStream = `
  select (select max(revision) from log.events where stream = $1) as last,
         (select data from log.events where stream = $2 order by revision desc limit 1) as settings,
         exists (select from log.events where stream = $3 and revision = 9223372036854775807) as ended`;

const pageSql = (source: Source, direction: Direction): string => {
  const count = source === 'all' ? 'position' : 'revision';
  const order = `${count} ${direction === 'forwards' ? 'asc' : 'desc'}`;
  return `
    select position, stream, revision, event_id, type, is_json, data, metadata, created
    from (
      select events.*, sum(octet_length(data) + octet_length(metadata)) over (order by ${order} rows between unbounded preceding and 1 preceding) as before
      from log.events
      where ${count} between $1 and $2
        and ($3::timestamptz is null or created >= $3)
        ${source === 'all' ? '' : 'and stream = $5'}
      order by ${order}
      limit $4
    ) as page
    where before is null or before < ${pageBytes}
    order by ${order}`;
};
