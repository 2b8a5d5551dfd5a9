import { isDeepStrictEqual } from 'node:util';
import type { LogView } from './log-view';
import { keysOf, rowsOf, type Row, type Table } from './rows-of-log';

/** Rows that are not what the log makes of them: missing, too many, or different. */
export function wrongRows(log: LogView, found: Readonly<Record<Table, readonly Row[]>>): readonly string[] {
  const expected = rowsOf(log);
  return (Object.keys(keysOf) as Table[]).flatMap((table) => {
    const keyOf = (row: Row): string => `${table} ${keysOf[table].map((column) => String(row[column])).join(' ')}`;
    const there = new Map(found[table].map((row) => [keyOf(row), row]));
    const wanted = new Map(expected[table].map((row) => [keyOf(row), row]));
    return [
      ...[...wanted].flatMap(([key, row]) => difference(key, row, there.get(key))),
      ...[...there.keys()].filter((key) => !wanted.has(key)).map((key) => `The row ${key} is there, and the log does not make it.`),
    ];
  });
}

function difference(key: string, wanted: Row, row: Row | undefined): readonly string[] {
  if (!row) return [`The row ${key} is missing.`];
  const columns = [...new Set([...Object.keys(wanted), ...Object.keys(row)])].filter(
    (column) => !isDeepStrictEqual(wanted[column], row[column]),
  );
  return columns.map((column) => `The row ${key} says ${column} ${shown(row[column])}; the log makes it ${shown(wanted[column])}.`);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
