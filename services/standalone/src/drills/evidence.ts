import { openEventStore, type EventStore, type RecordedEvent } from '#event-store';
import { Database, readOrCreateRolePasswords, roleUrl, startEmbeddedPostgres, type RoleName } from '#postgres';
import { checkpointPosition } from '#read-models';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Scratch } from '../scratch';
import type { Head } from './check-vault';
import { LogView } from './log-view';
import type { Row, Table } from './rows-of-log';

const upToDateWithinMs = 30_000;
const lookEachMs = 1_000;

/** Everything that a running standalone keeps, read past it: from its log and its database. */
export class Evidence {
  private constructor(
    private readonly store: EventStore,
    private readonly projections: Database,
    private readonly jobs: Database,
  ) {}

  static async open({ parts, say }: Scratch, { folder, eventStoreUrl }: { folder: string; eventStoreUrl: string }): Promise<Evidence> {
    const store = openEventStore({ url: eventStoreUrl, name: 'patchbay-drill' });
    parts.add({ stop: () => store.close() });
    const { url } = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), report: say }); // it runs, and is another's to stop
    const passwords = await readOrCreateRolePasswords(folder);
    const open = async (role: RoleName): Promise<Database> => {
      const database = await Database.open({ url: roleUrl(url, role, passwords), applicationName: 'patchbay-drill', poolSize: 1 });
      parts.add({ stop: () => database.close() });
      return database;
    };
    return new Evidence(store, await open('patchbay_projections'), await open('patchbay_jobs'));
  }

  async log(): Promise<LogView> {
    const events: RecordedEvent[] = [];
    for await (const event of this.store.readAll()) events.push(event);
    return new LogView(events);
  }

  /** The log, once the read models have seen all of it, or have had their time. */
  async upToDate(unwanted: AbortSignal): Promise<LogView> {
    const deadline = performance.now() + upToDateWithinMs;
    for (;;) {
      const log = await this.log();
      if ((await this.behind(log)) <= 0n || performance.now() > deadline) return log;
      await pause(lookEachMs, undefined, { signal: unwanted });
    }
  }

  /** How far the rows are behind a log, in positions. */
  async behind(log: LogView): Promise<bigint> {
    return (log.events.at(-1)?.position ?? 0n) - (await this.reached());
  }

  /** Up to which position the rows have seen the log. */
  reached(): Promise<bigint> {
    return checkpointPosition(this.projections);
  }

  async rows(): Promise<Readonly<Record<Table, readonly Row[]>>> {
    return {
      workspace_connections: await this.#rowsIn('workspace_connections'),
      connectors: await this.#rowsIn('connectors'),
      connection_names: await this.#rowsIn('connection_names'),
      audit_entries: await this.#rowsIn('audit_entries'),
    };
  }

  async parked(): Promise<number> {
    const [found] = await this.projections.query<{ parked: number }>('select count(*)::int as parked from read_models.parked_events');
    return found?.parked ?? 0;
  }

  async sealed(): Promise<ReadonlySet<string>> {
    const rows = await this.jobs.query<{ id: string }>('select secret_id as id from vault.secrets');
    return new Set(rows.map(({ id }) => id));
  }

  async heads(): Promise<readonly Head[]> {
    return this.jobs.query<Head>(
      `select connection_id as "connectionId", settled, (select count(*)::int from jsonb_object_keys(marks)) as marks from vault.vault_heads`,
    );
  }

  async #rowsIn(table: Table): Promise<readonly Row[]> {
    const rows = await this.projections.query<{ row: Row }>(`select to_jsonb(kept) as row from read_models.${table} as kept`);
    return rows.map(({ row }) => comparable(row));
  }
}

/** PostgreSQL writes times with an offset and as many digits as they need, and positions as numbers. */
function comparable(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (column === 'position') return [column, String(value)];
      if (/_(?:at|since)$/.test(column) && typeof value === 'string') return [column, new Date(value).toISOString()];
      return [column, value];
    }),
  );
}
