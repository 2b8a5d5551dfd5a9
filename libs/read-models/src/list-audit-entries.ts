import type { Transaction } from '#postgres';
import type { SelectQueryBuilder } from 'typeorm';
import { AuditEntry } from './audit-entry.entity';
import { CursorDoesNotFit, cursorAfter, pageSize, valuesOf } from './page-cursor';

/** All given filters must fit. */
export interface ListAuditEntries {
  /** What happened to connectors, which belong to no workspace, instead of what happened in the workspace. */
  readonly ofCatalog?: boolean;
  readonly connection?: string;
  /** The id of the subject that acted. */
  readonly actor?: string;
  /** The event's name, without its version. */
  readonly type?: string;
  /** Not before. */
  readonly from?: Date;
  /** Before. */
  readonly to?: Date;
  readonly cursor?: string;
  /** 50 unless told, 200 at most. */
  readonly limit?: number;
}

export interface AuditPage {
  /** Newest first. */
  readonly items: readonly AuditEntry[];
  readonly nextCursor: string | null;
}

/**
 * A page of what happened in the workspace that the transaction is in.
 *
 * @throws CursorDoesNotFit
 */
export async function listAuditEntries(tx: Transaction, { cursor, limit, ...filter }: ListAuditEntries = {}): Promise<AuditPage> {
  const { ofCatalog = false, connection, actor, type, from, to } = filter;
  const asked = [ofCatalog, connection, actor, type, from, to];
  const count = pageSize(limit);

  const query = filtered(tx.createQueryBuilder(AuditEntry, 'e'), filter).orderBy('e.position', 'DESC');
  if (cursor !== undefined) query.andWhere('e.position < :after', { after: positionIn(valuesOf(cursor, asked, 1)) });

  const rows = await query.limit(count + 1).getMany();
  const items = rows.slice(0, count);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > count && last ? cursorAfter([String(last.position)], asked) : null };
}

type Filter = Omit<ListAuditEntries, 'cursor' | 'limit'>;

function filtered(
  query: SelectQueryBuilder<AuditEntry>,
  { ofCatalog = false, connection, actor, type, from, to }: Filter,
): SelectQueryBuilder<AuditEntry> {
  query.where(ofCatalog ? 'e.workspace_id is null' : `e.workspace_id = current_setting('patchbay.workspace', true)`);
  if (connection !== undefined) query.andWhere('e.connection_id = :connection', { connection });
  if (actor !== undefined) query.andWhere('e.actor_id = :actor', { actor });
  if (type !== undefined) query.andWhere('e.type = :type', { type });
  if (from !== undefined) query.andWhere('e.occurred_at >= :from', { from });
  if (to !== undefined) query.andWhere('e.occurred_at < :to', { to });
  return query;
}

/** Cursors are not signed: what stands in one may be anything. */
function positionIn([position = '']: readonly string[]): string {
  if (!/^\d{1,18}$/.test(position)) throw new CursorDoesNotFit();
  return position;
}
