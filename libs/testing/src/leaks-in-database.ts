import { Database } from '#postgres';
import type { Secret } from '#secret';
import { leaksIn } from './leaks-in';

interface Table {
  readonly name: string;
  /** Its columns of bytes, which its text shows in hex. */
  readonly bytes: readonly string[];
  readonly hidesRows: boolean;
}

/**
 * Searches every row of every table, bytes as they are and all else as text, for canaries. `ownerUrl` is of a database that is about to be
 * dropped: tables that hide rows from their owner are made to show them.
 */
export const leaksInDatabase = async (ownerUrl: Secret): Promise<readonly string[]> => {
  const database = await Database.open({ url: ownerUrl, applicationName: 'patchbay-testing', poolSize: 1, statementTimeoutMs: 30_000 });
  try {
    await database.query('set row_security to off'); // what is still hidden is an error then
    const leaks: string[] = [];
    for (const table of await database.query<Table>(tables)) leaks.push(...(await leaksInTable(database, table)));
    return leaks;
  } finally {
    await database.close();
  }
};

const tables = `
  select format('%I.%I', n.nspname, c.relname) as name, c.relforcerowsecurity as "hidesRows",
         array(select quote_ident(attname) from pg_attribute
                where attrelid = c.oid and atttypid = 'bytea'::regtype and attnum > 0 and not attisdropped) as bytes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')`;

const leaksInTable = async (database: Database, { name, bytes, hidesRows }: Table): Promise<readonly string[]> => {
  if (hidesRows) await database.query(`alter table ${name} no force row level security`);
  const joined = bytes.map((column) => `coalesce(${column}, '')`).join(' || ') || `''::bytea`;
  const rows = await database.query<{ text: string; bytes: Buffer }>(`select t::text as text, ${joined} as bytes from ${name} t`);
  return [
    ...leaksIn(name, rows.map(({ text }) => text).join('\n')),
    ...leaksIn(name, Buffer.concat(rows.map(({ bytes: content }) => content))),
  ];
};
