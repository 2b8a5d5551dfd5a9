import { createHash } from 'node:crypto';

const perPage = 50;
const mostPerPage = 200;

/** How many rows a page shows: 50 unless told, 200 at most. */
export function pageSize(asked = perPage): number {
  return Math.min(asked, mostPerPage);
}

/** The cursor is not one of ours, or belongs to a list with another filter or order. */
export class CursorDoesNotFit extends Error {
  override readonly name = 'CursorDoesNotFit';
  constructor() {
    super('the cursor does not belong to a list with this filter and order');
  }
}

/**
 * Where a page ended: the sort values of its last row. Bound to what was asked by a digest, as a place in one order means nothing in another.
 * It is readable and not signed: all it can do is begin a page elsewhere among rows its bearer may see.
 */
export function cursorAfter(values: readonly string[], asked: unknown): string {
  return Buffer.from(JSON.stringify([digestOf(asked), ...values])).toString('base64url');
}

/** @throws CursorDoesNotFit */
export function valuesOf(cursor: string, asked: unknown, count: number): readonly string[] {
  const [digest, ...values] = partsOf(cursor);
  if (digest !== digestOf(asked) || values.length !== count) throw new CursorDoesNotFit();
  return values;
}

function partsOf(cursor: string): readonly string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts) && parts.every(isText)) return parts;
  } catch {
    // no JSON: not one of ours
  }
  throw new CursorDoesNotFit();
}

/** What PostgreSQL can take for a text. */
function isText(part: unknown): part is string {
  return typeof part === 'string' && part.isWellFormed() && !part.includes('\0');
}

function digestOf(asked: unknown): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url').slice(0, 16);
}
