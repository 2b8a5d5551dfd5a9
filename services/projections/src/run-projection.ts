import { rows, type Transaction } from '#postgres';
import type { AnyRow, Folded, Projection, Recorded } from './projection';
import type { ReadEvent } from './read-event';
import type { Slot } from './slots';

interface Kept {
  readonly row: AnyRow | undefined;
  /** Of the last event the row has seen. */
  readonly position: bigint;
}

const unseen: Kept = { row: undefined, position: -1n };

/**
 * Writes what a batch makes of a table's rows: one read at most, one write, however many events. An event that a row has seen already changes
 * nothing, here and, should somebody else have been faster, in the statement too.
 */
export async function runProjection(tx: Transaction, projection: Projection, slot: Slot, events: readonly ReadEvent[]): Promise<void> {
  const made = projection.kind === 'folded' ? await folded(tx, projection, slot, events) : recorded(projection, events);
  if (made.length > 0) await write(tx, projection, slot, made);
}

/** Says of the rows of these streams that they are older than the log. */
export async function markStale(tx: Transaction, projection: Projection, slot: Slot, streams: readonly string[]): Promise<void> {
  if (projection.kind === 'recorded') return;
  const { table, category, key } = projection;
  const ids = streams.filter((stream) => stream.startsWith(`${category}-`)).map((stream) => stream.slice(category.length + 1));
  if (ids.length > 0) await rows(tx, `update read_models.${table}_${slot} set stale = true where ${key} = any($1)`, [ids]);
}

async function folded(tx: Transaction, projection: Folded, slot: Slot, events: readonly ReadEvent[]): Promise<readonly AnyRow[]> {
  const followed = events.filter(projection.follows);
  if (followed.length === 0) return [];
  const kept = await read(tx, projection, slot, [...new Set(followed.map(({ at }) => at.id))]);
  const changed = new Map<string, Kept>();
  for (const event of followed) {
    const { id, position } = event.at;
    const before = changed.get(id) ?? kept.get(id) ?? unseen;
    if (position > before.position) changed.set(id, { row: projection.change(before.row, event), position });
  }
  return [...changed.values()].map(columnsOf);
}

/** Of events with one key the last one: a statement writes no row twice. */
function recorded({ key, rowOf }: Recorded, events: readonly ReadEvent[]): readonly AnyRow[] {
  const made = new Map<string, { readonly columns: AnyRow; readonly position: bigint }>();
  for (const event of events) {
    const row = rowOf(event);
    if (row === null) continue;
    const { position } = event.at;
    const columns = columnsOf({ row, position });
    const id = JSON.stringify(key.map((column) => columns[column]));
    if (position > (made.get(id) ?? unseen).position) made.set(id, { columns, position });
  }
  return [...made.values()].map(({ columns }) => columns);
}

async function read(tx: Transaction, { table, key }: Folded, slot: Slot, ids: readonly string[]): Promise<Map<string, Kept>> {
  const found = await rows<{ id: string; columns: AnyRow; position: string }>(
    tx,
    `select ${key} as id, to_jsonb(kept) - 'stale' - 'position' as columns, position::text as position
       from read_models.${table}_${slot} as kept where ${key} = any($1)`,
    [ids],
  );
  return new Map(found.map(({ id, columns, position }) => [id, { row: renamed(columns, memberOf), position: BigInt(position) }]));
}

async function write(tx: Transaction, { table, key }: Projection, slot: Slot, made: readonly AnyRow[]): Promise<void> {
  const columns = Object.keys(made[0] ?? {});
  const updated = columns.filter((column) => ![key].flat().includes(column)).map((column) => `${column} = excluded.${column}`);
  await rows(
    tx,
    `insert into read_models.${table}_${slot} as kept (${columns.join(', ')})
     select ${columns.join(', ')} from jsonb_populate_recordset(null::read_models.${table}_${slot}, $1::jsonb)
     on conflict (${[key].flat().join(', ')}) do update set ${updated.join(', ')} where kept.position < excluded.position`,
    [JSON.stringify(made)],
  );
}

function columnsOf({ row, position }: Kept): AnyRow {
  return { ...renamed(row ?? {}, columnOf), position: String(position) };
}

/** `connectorKey` is the column `connector_key`. */
function columnOf(member: string): string {
  return member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function memberOf(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function renamed(row: AnyRow, name: (name: string) => string): AnyRow {
  return Object.fromEntries(Object.entries(row).map(([member, value]) => [name(member), value]));
}
