import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InMemoryEventStore } from '#event-store';
import { Follower } from '#follow';
import { Database } from '#postgres';
import { checkpointPosition, readModelsFollower } from '#read-models';
import { Secret } from '#secret';
import { canary, eventually } from '#testing';
import { openKeyRing, Vault, VaultHeads } from '#vault';
import { v7 as uuid } from 'uuid';
import { projections } from '../src/projections';
import { logIdOf } from '../src/read-event';
import { readModelsWork } from '../src/read-models-work';
import { claimLiveTables, liveSlots } from '../src/slots';
import { connectionId, Histories, history } from './histories';
import { projectionTables, type ProjectionTables } from './projection-tables';

describe('a replay of the log', () => {
  let folder: string;
  let tables: ProjectionTables;
  let owner: Database;
  const store = new InMemoryEventStore();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-replay-'));
    tables = await projectionTables();
    owner = await Database.open({ url: tables.test.ownerUrl, applicationName: 'spec', poolSize: 2 });
  });
  afterAll(async () => {
    await store.close();
    await owner.close();
    await tables.drop();
    await rm(folder, { recursive: true });
  });

  it('makes every row of every projection again, byte for byte, while the vault holds neither secrets nor keys', async () => {
    const histories = new Histories(store);
    await histories.open(randomUUID());
    const secretId = await sealed();
    await histories.play([
      { which: 0, step: { does: 'create', authType: 'api_key' } },
      { which: 0, step: { does: 'provide', secretId, scoped: true } },
      { which: 0, step: { does: 'accept', limited: false } },
    ]);
    for (const steps of fc.sample(history, 10)) await histories.play(steps);
    await followed();
    const rows = await tables.rowsIn('a');
    expect(rows.map(({ row }) => row).join()).toContain(connectionId(0));

    await owner.query(`truncate ${(await vaultTables()).join(', ')}`);
    await tables.empty();
    await owner.query(`truncate read_models.projection_checkpoints`);
    await owner.query(`update read_models.projection_slots set version_a = null`);
    await followed();
    expect(await tables.rowsIn('a')).toEqual(rows);
  });

  it('could not look into the vault if it wanted to', async () => {
    const found = await tables.database.query(`select session_user as role, has_schema_privilege('vault', 'usage') as usage`);
    expect(found).toEqual([{ role: 'patchbay_projections', usage: false }]);
    for (const table of await vaultTables()) {
      await expect(tables.database.query(`select from ${table}`)).rejects.toThrow('permission denied for schema vault');
    }
  });

  async function sealed(): Promise<string> {
    const keys = await openKeyRing(join(folder, 'ring.json'), {});
    const place = { workspaceId: 'workspace-0', connectionId: connectionId(0) };
    const secretId = uuid();
    const boundTo = 'https://orders.example.com:443';
    await new Vault(owner, keys).seal({ ...place, kind: 'credential', secretId, boundTo }, Secret.of(canary('replayed_5e6f')), {
      purpose: 'candidate',
    });
    await new VaultHeads(owner).settle({ ...place, commandId: 'spec', settled: { revision: 2, secretId, secretRevision: 1, boundTo } });
    return secretId;
  }

  /** Follows the log to its end, and stops. */
  async function followed(): Promise<void> {
    const follower = new Follower({
      ...readModelsWork(liveSlots),
      name: readModelsFollower,
      store,
      database: tables.database,
      logIdOf,
      prepare: (tx) => claimLiveTables(tx, projections),
    });
    follower.start();
    const last = await store.readLastPosition();
    await eventually(async () => (await checkpointPosition(tables.asking)) >= last);
    await follower.stop();
  }

  async function vaultTables(): Promise<readonly string[]> {
    const found = await owner.query<{ table: string }>(
      `select schemaname || '.' || tablename as table from pg_tables where schemaname = 'vault' order by 1`,
    );
    expect(found).toContainEqual({ table: 'vault.secrets' });
    return found.map(({ table }) => table);
  }
});
