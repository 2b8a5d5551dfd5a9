import { targetOf } from '#postgres';
import type { Secret } from '#secret';
import { Client } from 'pg';
import type { Scratch } from '../scratch';

/** A row of the log as it lies there. */
interface LogRow {
  readonly position: string;
  readonly stream: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly is_json: boolean;
  readonly data: Buffer;
  readonly metadata: Buffer;
  readonly created: Date;
}

/** Rows that were committed together. */
export type Group = readonly LogRow[];

/** The log's table beside a twin of it, over one connection of the owner's. */
export class RawInserts {
  private constructor(private readonly client: Client) {}

  static async open({ parts }: Scratch, ownerUrl: Secret): Promise<RawInserts> {
    const client = new Client({ ...targetOf(ownerUrl), application_name: 'patchbay-bench' });
    await client.connect();
    parts.add({ stop: () => client.end() });
    await client.query('create schema bench');
    await client.query('create table bench.events (like log.events including all)');
    return new RawInserts(client);
  }

  async lastPosition(): Promise<bigint> {
    const { rows } = await this.client.query<{ last: string }>('select coalesce(max(position), 0) as last from log.events');
    return BigInt(rows[0]?.last ?? 0);
  }

  /** What the store wrote after a position, in its groups: PostgreSQL remembers which transaction inserted a row. */
  async groupsAfter(position: bigint): Promise<readonly Group[]> {
    const { rows } = await this.client.query<LogRow & { transaction: string }>(
      'select xmin::text as transaction, * from log.events where position > $1 order by position',
      [position],
    );
    const groups: LogRow[][] = [];
    let newest: string | undefined;
    for (const { transaction, ...row } of rows) {
      if (transaction === newest) groups.at(-1)?.push(row);
      else groups.push([row]);
      newest = transaction;
    }
    return groups;
  }

  /** Writes the groups into the twin, a commit for each, one after the other. Answers rows per second. */
  async perSecond(groups: readonly Group[], unwanted: AbortSignal): Promise<number> {
    const began = performance.now();
    for (const group of groups) {
      unwanted.throwIfAborted();
      await this.client.query({ ...insertGroup, values: valuesOf(group) });
    }
    const rows = groups.reduce((sum, group) => sum + group.length, 0);
    return (1_000 * rows) / (performance.now() - began);
  }
}

const insertGroup = {
  name: 'insert-group',
  text: `
    insert into bench.events (position, stream, revision, event_id, type, is_json, data, metadata, created)
    select placed.*, $9
    from unnest($1::bigint[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::boolean[], $7::bytea[], $8::bytea[]) as placed`,
};

function valuesOf(group: Group): unknown[] {
  const columns = ['position', 'stream', 'revision', 'event_id', 'type', 'is_json', 'data', 'metadata'] as const;
  return [...columns.map((column) => group.map((row) => row[column])), group[0]?.created];
}
