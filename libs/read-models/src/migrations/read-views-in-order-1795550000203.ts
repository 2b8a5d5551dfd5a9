import type { MigrationInterface, QueryRunner } from 'typeorm';

const views = [
  ['audit-entries', 'audit_entries'],
  ['connection-names', 'connection_names'],
  ['connectors', 'connectors'],
  ['workspace-connections', 'workspace_connections'],
] as const;

/**
 * Lets a page be read in the order of an index. A member of a UNION ALL that has a condition of its own is planned by itself, without what is
 * asked of the whole: the server fetched all rows of a workspace and sorted them for each page. With the condition outside, the members are
 * planned together (Merge Append), and it still keeps the server from looking into the slot that is not shown.
 */
export class ReadViewsInOrder1795550000203 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [projection, view] of views) {
      await runner.query(`
        create or replace view read_models.${view} as
        select ${await columnsOf(runner, view)} from (
          select *, 'a' as slot from read_models.${view}_a
          union all
          select *, 'b' as slot from read_models.${view}_b
        ) as slots
        where slot = (select live from read_models.projection_slots where projection = '${projection}')`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [projection, view] of views) {
      const live = `(select live from read_models.projection_slots where projection = '${projection}')`;
      const columns = await columnsOf(runner, view);
      await runner.query(`
        create or replace view read_models.${view} as
        select ${columns} from read_models.${view}_a where ${live} = 'a'
        union all
        select ${columns} from read_models.${view}_b where ${live} = 'b'`);
    }
  }
}

async function columnsOf(runner: QueryRunner, view: string): Promise<string> {
  const [found] = (await runner.query(
    `select string_agg(quote_ident(column_name), ', ' order by ordinal_position) as columns
       from information_schema.columns where table_schema = 'read_models' and table_name = $1`,
    [view],
  )) as { columns: string }[];
  if (!found) throw new Error(`there is no view ${view}`);
  return found.columns;
}
