import { rows, type Transaction } from '#postgres';
import type { AnyRow, Folded, Projection } from './projection';
import type { Slot } from './slots';

/** A row as far as it is known. */
export interface Kept<Row = AnyRow | undefined> {
  readonly row: Row;
  /** Of the last event the row has seen. */
  readonly position: bigint;
}

interface Column {
  readonly name: string;
  /** The row's member that fills it: `connectorKey` is `connector_key`. */
  readonly member: string;
  /** As PostgreSQL calls it. */
  readonly type: string;
}

/** Whether a row is stale is not the projection's business: its default says that it is not. */
const others = ['stale'];

/**
 * One slot's table, with the statements for its rows. Values travel column by column, each as an array of the column's own type: half the
 * work that rows as JSON were for the server.
 */
export class ProjectionTable {
  readonly #columns: readonly Column[];
  readonly #select: string;
  readonly #upsert: string;

  /** `keys`: the members that tell rows apart. */
  private constructor(table: string, keys: readonly string[], columns: readonly Column[]) {
    const names = columns.map(({ name }) => name);
    const key = columns.filter(({ member }) => keys.includes(member)).map(({ name }) => name);
    const changed = names.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
    this.#columns = columns;
    this.#select = `
      select ${columns.map(selected).join(', ')} from ${table} where ${key.join(', ')} = any($1)`;
    this.#upsert = `
      insert into ${table} as kept (${names.join(', ')})
      select ${columns.map(inserted).join(', ')}
        from unnest(${columns.map(({ type }, index) => `$${index + 1}::${arrayOf(type)}`).join(', ')}) as made (${names.join(', ')})
      on conflict (${key.join(', ')}) do update set ${changed.join(', ')} where kept.position < excluded.position`;
  }

  static async of(tx: Transaction, { table, key }: Projection, slot: Slot): Promise<ProjectionTable> {
    const name = `read_models.${table}_${slot}`;
    const found = await rows<Omit<Column, 'member'>>(
      tx,
      `select attname as name, format_type(atttypid, null) as type
         from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attname <> all($2) order by attnum`,
      [name, others],
    );
    return new ProjectionTable(
      name,
      [key].flat(),
      found.map((column) => ({ ...column, member: memberOf(column.name) })),
    );
  }

  /** The rows of these streams that are there, by the stream's id. */
  async read(tx: Transaction, { key }: Folded, ids: readonly string[]): Promise<Map<string, Kept>> {
    const found = await rows<AnyRow & { readonly position: string }>(tx, this.#select, [ids]);
    return new Map(found.map(({ position, ...row }) => [String(row[key]), { row, position: BigInt(position) }]));
  }

  /** Each key once at most. A row that has seen a later event stays as it is. */
  async write(tx: Transaction, made: readonly Kept<AnyRow>[]): Promise<void> {
    await rows(
      tx,
      this.#upsert,
      this.#columns.map((column) => made.map((kept) => valueOf(column, kept))),
    );
  }
}

/** Times are kept as the text they came as: a Date would cost time and parts of a second. */
function selected({ name, member, type }: Column): string {
  return `${name}${type === timestamp ? '::text' : ''} as "${member}"`;
}

/** Arrays of arrays are one long array to unnest, so a list travels as JSON. */
function arrayOf(type: string): string {
  return type === texts ? 'jsonb[]' : `${type}[]`;
}

function inserted({ name, type }: Column): string {
  return type === texts ? `array(select jsonb_array_elements_text(made.${name}))` : `made.${name}`;
}

function valueOf({ member, type }: Column, { row, position }: Kept<AnyRow>): unknown {
  if (member === 'position') return String(position);
  const value = row[member] ?? null;
  return value !== null && (type === json || type === texts) ? JSON.stringify(value) : value;
}

const timestamp = 'timestamp with time zone';
const json = 'jsonb';
const texts = 'text[]';

function memberOf(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
