import type { Mark } from '#follow';
import { rows, type Transaction } from '#postgres';
import type { AnyRow, Folded, Projection, Recorded } from './projection';
import type { Kept, ProjectionTable } from './projection-table';
import type { ReadEvent } from './read-event';
import type { Slot } from './slots';

const unseen: Kept = { row: undefined, position: -1n };

/**
 * Writes what a batch makes of a table's rows: one read at most, one write, however many events. An event that a row has seen already changes
 * nothing, here and, should somebody else have been faster, in the statement too.
 */
export async function runProjection(
  tx: Transaction,
  projection: Projection,
  table: ProjectionTable,
  events: readonly ReadEvent[],
): Promise<void> {
  const made = projection.kind === 'folded' ? await folded(tx, projection, table, events) : recorded(projection, events);
  if (made.length > 0) await table.write(tx, made);
}

/** Says of the rows of these streams whether they are older than the log. */
export async function markRows(tx: Transaction, projection: Projection, slot: Slot, streams: readonly string[], as: Mark): Promise<void> {
  if (projection.kind === 'recorded') return;
  const { table, category, key } = projection;
  const ids = streams.filter((stream) => stream.startsWith(`${category}-`)).map((stream) => stream.slice(category.length + 1));
  if (ids.length > 0) await rows(tx, `update read_models.${table}_${slot} set stale = $2 where ${key} = any($1)`, [ids, as === 'stale']);
}

async function folded(
  tx: Transaction,
  projection: Folded,
  table: ProjectionTable,
  events: readonly ReadEvent[],
): Promise<readonly Kept<AnyRow>[]> {
  const followed = events.filter(projection.follows);
  if (followed.length === 0) return [];
  const kept = await table.read(tx, projection, [...new Set(followed.map(({ at }) => at.id))]);
  const changed = new Map<string, Kept<AnyRow>>();
  for (const event of followed) {
    const { id, position } = event.at;
    const before = changed.get(id) ?? kept.get(id) ?? unseen;
    if (position > before.position) changed.set(id, { row: projection.change(before.row, event), position });
  }
  return [...changed.values()];
}

/** Of events with one key the last one: a statement writes no row twice. */
function recorded({ key, rowOf }: Recorded, events: readonly ReadEvent[]): readonly Kept<AnyRow>[] {
  const made = new Map<string, Kept<AnyRow>>();
  for (const event of events) {
    const row = rowOf(event);
    if (row === null) continue;
    const { position } = event.at;
    const id = key.map((member) => (member === 'position' ? position : row[member])).join('\0'); // no text in PostgreSQL holds it
    if (position > (made.get(id) ?? unseen).position) made.set(id, { row, position });
  }
  return [...made.values()];
}
