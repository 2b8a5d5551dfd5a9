import { followMigrations } from '#follow';
import { Database, type RoleName } from '#postgres';
import { testDatabase } from '#testing';
import { vaultMigrations } from '#vault';
import { v7 as uuid } from 'uuid';
import { readModelsEntities } from '../src/read-models-entities';
import { readModelsMigrations } from '../src/migrations/read-models-migrations';
import { foldedName } from '../src/folded-name';

export interface ReadModelTables {
  /** As the roles of the process that asks, the one that writes, and the one that works for all workspaces. */
  readonly connection: Database;
  readonly projections: Database;
  readonly jobs: Database;
  /** As another one; closed with the rest. */
  open(role: RoleName): Promise<Database>;
  drop(): Promise<void>;
}

/** A database with all that lists are made of. */
export async function readModelTables(): Promise<ReadModelTables> {
  const test = await testDatabase({ migrations: [...vaultMigrations, ...followMigrations, ...readModelsMigrations] });
  const opened: Database[] = [];
  const open = async (role: RoleName): Promise<Database> => {
    const url = test.urlFor(role);
    const database = await Database.open({ url, applicationName: 'spec', poolSize: 2, entities: [...readModelsEntities] });
    opened.push(database);
    return database;
  };
  const [connection, projections, jobs] = [
    await open('patchbay_connection'),
    await open('patchbay_projections'),
    await open('patchbay_jobs'),
  ];
  return {
    connection,
    projections,
    jobs,
    open,
    drop: async () => {
      for (const database of opened) await database.close();
      await test.drop();
    },
  };
}

export interface Written {
  readonly id?: string;
  readonly workspace?: string;
  readonly connector?: string;
  readonly name?: string;
  readonly serviceUrl?: string;
  readonly status?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly createdAt?: string;
}

/** Writes rows as the projection would, into the slot that is live unless told. Answers their ids. */
export async function writeConnections(
  database: Database,
  connections: readonly Written[],
  slot: 'a' | 'b' = 'a',
): Promise<readonly string[]> {
  const rows = connections.map(rowOf);
  await database.query(
    `insert into read_models.workspace_connections_${slot}
     select * from jsonb_populate_recordset(null::read_models.workspace_connections_a, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
  return rows.map(({ id }) => id);
}

export interface TakenName {
  readonly workspace: string;
  readonly name: string;
  readonly connectionId: string;
  readonly position: number;
}

/** Writes who took which name when. */
export async function takeNames(database: Database, taken: readonly TakenName[]): Promise<void> {
  for (const { workspace, name, connectionId, position } of taken) {
    await database.query(
      `insert into read_models.connection_names_a (workspace_id, name_folded, connection_id, name, position) values ($1, $2, $3, $4, $5)`,
      [workspace, foldedName(name), connectionId, name, position],
    );
  }
}

export interface WrittenEntry {
  readonly position: number | string;
  /** Null: of the catalog. */
  readonly workspace?: string | null;
  readonly connection?: string;
  readonly type?: string;
  readonly actor?: string;
  readonly onBehalfOf?: string;
  readonly occurredAt?: string;
}

export async function writeEntries(database: Database, entries: readonly WrittenEntry[]): Promise<void> {
  await database.query(
    `insert into read_models.audit_entries_a
     select * from jsonb_populate_recordset(null::read_models.audit_entries_a, $1::jsonb)`,
    [JSON.stringify(entries.map(entryOf))],
  );
}

function entryOf({ position, workspace = 'acme', connection, ...given }: WrittenEntry) {
  return {
    position,
    event_id: uuid(),
    stream: connection === undefined ? 'connector-http' : `connection-${connection}`,
    revision: 0,
    type: given.type ?? 'ConnectionCreated',
    workspace_id: workspace,
    connection_id: connection ?? null,
    actor_kind: 'user',
    actor_id: given.actor ?? 'ada',
    client_id: null,
    on_behalf_of: given.onBehalfOf ?? null,
    command_id: uuid(),
    correlation_id: 'trace-7',
    occurred_at: given.occurredAt ?? '2026-11-01T00:00:00.000Z',
    data: { name: 'Orders' },
  };
}

function rowOf({ id = uuid(), workspace = 'acme', name = 'Orders', createdAt = '2026-11-24T09:00:00.000Z', ...given }: Written) {
  return {
    id,
    workspace_id: workspace,
    connector_key: given.connector ?? 'http',
    connector_version: 1,
    name,
    name_folded: foldedName(name),
    auth_type: 'api_key',
    service_url: given.serviceUrl ?? null,
    settings: { apiKeyIn: 'header' },
    environment: null,
    labels: given.labels ?? {},
    status: given.status ?? 'active',
    status_code: null,
    status_detail: null,
    status_since: createdAt,
    last_tried_at: null,
    limited: false,
    credential: null,
    owner: 'user-1',
    created_by: 'user-1',
    created_at: createdAt,
    updated_by: 'user-1',
    updated_at: createdAt,
    verified_at: null,
    revision: 2,
    config_revision: 1,
    stale: false,
    position: '9007199254740993',
  };
}
