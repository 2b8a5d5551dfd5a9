import type { Transaction } from '#postgres';
import type { SelectQueryBuilder } from 'typeorm';
import { connectionsInWorkspace } from './connections-in-workspace';
import { foldedName } from './folded-name';
import { lastToTake } from './last-to-take';
import { listed, type ListedConnection } from './listed-connection';
import { cursorAfter, CursorDoesNotFit, pageSize, valuesOf } from './page-cursor';
import type { WorkspaceConnection } from './workspace-connection.entity';

export const connectionSorts = ['name', '-name', 'createdAt', '-createdAt', 'lastUsedAt', 'status'] as const;
export type ConnectionSort = (typeof connectionSorts)[number];

/** All given filters must fit. Removed connections are shown to those only who ask for that status. */
export interface ListConnections {
  readonly status?: readonly string[];
  readonly connector?: string;
  readonly category?: string;
  /** Without a value: bears a label of that key, whatever it says. */
  readonly label?: { readonly key: string; readonly value?: string };
  /** Part of the name, the service URL or the account's label, whatever the case. */
  readonly q?: string;
  /** The whole name, whatever the case, or one it had before and that no other connection has taken since. */
  readonly name?: string;
  /** `name` unless told. */
  readonly sort?: ConnectionSort;
  readonly cursor?: string;
  /** 50 unless told, 200 at most. */
  readonly limit?: number;
}

export interface ConnectionPage {
  readonly items: readonly ListedConnection[];
  readonly nextCursor: string | null;
}

interface Order {
  readonly direction: 'ASC' | 'DESC';
  /** The last one tells every two rows apart, so that a page begins exactly where the one before ended. */
  readonly columns: readonly string[];
  readonly values: (row: WorkspaceConnection) => readonly string[];
  /** Whether the first column can be compared with a text that somebody sent; any text unless told. */
  readonly takes?: (first: string) => boolean;
}

const byName = { columns: ['c.name_folded', 'c.id'], values: ({ nameFolded, id }: WorkspaceConnection) => [nameFolded, id] };
const byCreation = {
  columns: ['c.created_at', 'c.id'],
  values: ({ createdAt, id }: WorkspaceConnection) => [createdAt.toISOString(), id],
  takes: isTime,
};

function isTime(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text;
}

const orders: Readonly<Record<ConnectionSort, Order>> = {
  name: { direction: 'ASC', ...byName },
  '-name': { direction: 'DESC', ...byName },
  createdAt: { direction: 'ASC', ...byCreation },
  '-createdAt': { direction: 'DESC', ...byCreation },
  lastUsedAt: { direction: 'ASC', columns: ['c.id'], values: ({ id }) => [id] }, // all alike while no use is recorded
  status: {
    direction: 'ASC',
    columns: ['c.status', 'c.name_folded', 'c.id'],
    values: ({ status, nameFolded, id }) => [status, nameFolded, id],
  },
};

/**
 * A page of the connections of the workspace that the transaction is in.
 *
 * @throws CursorDoesNotFit
 */
export async function listConnections(
  tx: Transaction,
  { cursor, limit, sort = 'name', ...filter }: ListConnections = {},
): Promise<ConnectionPage> {
  const { direction, columns, values, takes = () => true } = orders[sort];
  const asked = [sort, filter.status, filter.connector, filter.category, filter.label?.key, filter.label?.value, filter.q, filter.name];
  const count = pageSize(limit);

  const query = filtered(connectionsInWorkspace(tx), filter);
  for (const column of columns) query.addOrderBy(column, direction);
  if (cursor !== undefined) {
    const place = valuesOf(cursor, asked, columns.length);
    if (!takes(place[0] ?? '')) throw new CursorDoesNotFit();
    const after = Object.fromEntries(place.map((value, index) => [`after${index}`, value]));
    const places = Object.keys(after).map((name) => `:${name}`);
    query.andWhere(`(${columns.join(', ')}) ${direction === 'ASC' ? '>' : '<'} (${places.join(', ')})`, after);
  }

  const rows = await query.limit(count + 1).getMany();
  const shown = rows.slice(0, count);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => listed(row, filter.name)),
    nextCursor: rows.length > count && last ? cursorAfter(values(last), asked) : null,
  };
}

type Filter = Omit<ListConnections, 'cursor' | 'limit' | 'sort'>;

function filtered(
  query: SelectQueryBuilder<WorkspaceConnection>,
  { status, connector, category, label, q, name }: Filter,
): SelectQueryBuilder<WorkspaceConnection> {
  if (status === undefined) query.andWhere(`c.status <> 'removed'`);
  else query.andWhere('c.status = any(:status)', { status });
  if (connector !== undefined) query.andWhere('c.connector_key = :connector', { connector });
  if (category !== undefined) {
    query.andWhere('c.connector_key in (select key from read_models.connectors where :category = any(category_keys))', { category });
  }
  if (label?.value !== undefined) query.andWhere('c.labels ->> :label = :value', { label: label.key, value: label.value });
  else if (label !== undefined) query.andWhere('c.labels -> :label is not null', { label: label.key });
  if (name !== undefined) query.andWhere(`(c.name_folded = :name or c.id = ${lastToTake(':name')})`, { name: foldedName(name) });
  if (q !== undefined) {
    const places = ['c.name_folded', lowered('c.service_url'), lowered('a.account_label')];
    query.andWhere(`(${places.map((place) => `strpos(${place}, :q) > 0`).join(' or ')})`, { q: foldedName(q) });
  }
  return query;
}

/** By Unicode's own rules (PostgreSQL's ICU collation), since a server's locale may know the letters of ASCII only. */
function lowered(column: string): string {
  return `lower(${column} collate "und-x-icu")`;
}
