import type { PatchbayEvent } from '#events';
import type { Happened, ReadEvent } from './read-event';

type DataOf<Type extends PatchbayEvent['type']> = Extract<PatchbayEvent, { type: Type }>['data'];

/** How each event changes a row: one line per type of event, so that one without a line does not compile. Undefined: there is no row yet. */
export type Changes<Event extends PatchbayEvent, Row> = {
  readonly [Type in Event['type']]: (row: Row | undefined, data: DataOf<Type>, at: Happened) => Row;
};

/** A row by its members, which are the table's columns in camel case; `stale` and `position` are not the projection's business. */
export type AnyRow = Readonly<Record<string, unknown>>;

interface Described {
  readonly name: string;
  /** Counts what this code made of the same events; a change of it asks for a rebuild. */
  readonly version: number;
  /** In schema `read_models`, followed by the slot. */
  readonly table: string;
}

/** One row per stream, which each of its events changes. Pure: what it answers depends on the row and the event only. */
export interface Folded<Row = AnyRow> extends Described {
  readonly kind: 'folded';
  /** The streams it reads. */
  readonly category: string;
  /** The column that holds the id of the stream. */
  readonly key: string;
  readonly follows: (event: ReadEvent) => boolean;
  readonly change: (row: Row | undefined, event: Pick<ReadEvent, 'event' | 'at'>) => Row;
}

/** Rows that each come of one event alone. What they say stays true whatever is not read yet, so they are never stale. */
export interface Recorded<Row = AnyRow> extends Described {
  readonly kind: 'recorded';
  /** The members that tell rows apart, or `position`; of two events with one key the later one's row is kept. */
  readonly key: readonly string[];
  /** Pure. Null: the event makes none. */
  readonly rowOf: (event: ReadEvent) => Row | null;
}

/** A table and how the log fills it. */
export type Projection = Folded | Recorded;

export function projection<Event extends PatchbayEvent, Row extends object>({
  changes,
  ...described
}: Omit<Folded, 'kind' | 'follows' | 'change'> & { readonly changes: Changes<Event, Row> }): Folded<Row> {
  const lines = changes as unknown as Readonly<Record<string, (row: Row | undefined, data: object, at: Happened) => Row>>;
  return {
    kind: 'folded',
    ...described,
    follows: ({ event }) => Object.hasOwn(lines, event.type),
    change: (row, { event, at }) => {
      const line = lines[event.type];
      if (line === undefined) throw new TypeError(`${described.name} has no line for ${event.type}`);
      return line(row, event.data, at);
    },
  };
}

/** An event changes a row that is not there: its stream does not begin as it should. */
export class RowIsMissing extends Error {
  override readonly name = 'RowIsMissing';
}

export function existing<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new RowIsMissing('there is no row for this event to change');
  return row;
}
