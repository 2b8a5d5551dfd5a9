import { rows, type Transaction } from '#postgres';
import type { AnyRow, Projection } from './projection';
import type { ReadEvent } from './read-event';
import type { Slot } from './slots';

interface Kept {
  readonly row: AnyRow | undefined;
  /** Of the last event the row has seen. */
  readonly position: bigint;
}

const unseen: Kept = { row: undefined, position: -1n };

/**
 * Folds a batch into the rows it concerns: one read, one write, however many events. An event that a row has seen already changes nothing,
 * here and, should somebody else have been faster, in the statement too.
 */
export async function runProjection(tx: Transaction, projection: Projection, slot: Slot, events: readonly ReadEvent[]): Promise<void> {
  const followed = events.filter(projection.follows);
  if (followed.length === 0) return;
  const kept = await read(tx, projection, slot, [...new Set(followed.map(({ at }) => at.id))]);
  const changed = new Map<string, Kept>();
  for (const event of followed) {
    const { id, position } = event.at;
    const before = changed.get(id) ?? kept.get(id) ?? unseen;
    if (position > before.position) changed.set(id, { row: projection.change(before.row, event), position });
  }
  if (changed.size > 0) await write(tx, projection, slot, [...changed.values()]);
}

/** Says of the rows of these streams that they are older than the log. */
export async function markStale(
  tx: Transaction,
  { table, category, key }: Projection,
  slot: Slot,
  streams: readonly string[],
): Promise<void> {
  const ids = streams.filter((stream) => stream.startsWith(`${category}-`)).map((stream) => stream.slice(category.length + 1));
  if (ids.length > 0) await rows(tx, `update read_models.${table}_${slot} set stale = true where ${key} = any($1)`, [ids]);
}

async function read(tx: Transaction, { table, key }: Projection, slot: Slot, ids: readonly string[]): Promise<Map<string, Kept>> {
  const found = await rows<{ id: string; columns: AnyRow; position: string }>(
    tx,
    `select ${key} as id, to_jsonb(kept) - 'stale' - 'position' as columns, position::text as position
       from read_models.${table}_${slot} as kept where ${key} = any($1)`,
    [ids],
  );
  return new Map(found.map(({ id, columns, position }) => [id, { row: renamed(columns, memberOf), position: BigInt(position) }]));
}

async function write(tx: Transaction, { table, key }: Projection, slot: Slot, changed: readonly Kept[]): Promise<void> {
  const written = changed.map(({ row, position }) => ({ ...renamed(row ?? {}, columnOf), position: String(position) }));
  const columns = Object.keys(written[0] ?? {});
  const updated = columns.filter((column) => column !== key).map((column) => `${column} = excluded.${column}`);
  await rows(
    tx,
    `insert into read_models.${table}_${slot} as kept (${columns.join(', ')})
     select ${columns.join(', ')} from jsonb_populate_recordset(null::read_models.${table}_${slot}, $1::jsonb)
     on conflict (${key}) do update set ${updated.join(', ')} where kept.position < excluded.position`,
    [JSON.stringify(written)],
  );
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
