import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '#postgres';
import { testDatabase, type TestDatabase } from '#testing';
import { openKeyRing } from './key-ring';
import { vaultMigrations } from './migrations/vault-migrations';
import type { SecretKind } from './secret-address';
import { Vault } from './vault';

/** A vault of its time: the key ring's file, rows as PostgreSQL printed them, and what was sealed (base64). Samples are never edited. */
interface Sample {
  readonly keyRing: object;
  readonly workspaceKeys: readonly object[];
  readonly fingerprintKeys: readonly object[];
  readonly secrets: readonly { readonly plaintext: string; readonly row: SecretRow }[];
  readonly fingerprints: readonly { readonly workspaceId: string; readonly canonicalJson: string; readonly fingerprint: string }[];
}

interface SecretRow {
  readonly workspace_id: string;
  readonly connection_id: string;
  readonly kind: SecretKind;
  readonly secret_id: string;
  readonly bound_to: string | null;
}

const samples = join(__dirname, '../samples');

describe('vaults sealed by earlier releases', () => {
  let folder: string;
  let test: TestDatabase;
  let owner: Database;
  let database: Database;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-sample-'));
    test = await testDatabase({ migrations: vaultMigrations });
    owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec' });
    database = await Database.open({ url: test.urlFor('patchbay_connection'), applicationName: 'spec' });
  });
  afterEach(async () => {
    await database.close();
    await owner.close();
    await test.drop();
    await rm(folder, { recursive: true });
  });

  it.each(readdirSync(samples))('open and fingerprint as they did: %s', async (name) => {
    const sample = JSON.parse(await readFile(join(samples, name), 'utf8')) as Sample;
    const vault = await restore(sample);
    for (const { plaintext, row } of sample.secrets) {
      const secret = await vault.open({
        workspaceId: row.workspace_id,
        connectionId: row.connection_id,
        kind: row.kind,
        secretId: row.secret_id,
        boundTo: row.bound_to,
      });
      expect(secret.use((bytes) => bytes.toString('base64'))).toBe(plaintext);
    }
    for (const { workspaceId, canonicalJson, fingerprint } of sample.fingerprints) {
      expect(await vault.fingerprint(workspaceId, canonicalJson)).toBe(fingerprint);
    }
  });

  const restore = async ({ keyRing, workspaceKeys, fingerprintKeys, secrets }: Sample): Promise<Vault> => {
    const path = join(folder, 'ring.json');
    await writeFile(path, JSON.stringify(keyRing), { mode: 0o600 });
    const insert = (table: string, rows: readonly object[]) =>
      owner.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`, [JSON.stringify(rows)]);
    await insert('vault.workspace_keys', workspaceKeys);
    await insert('vault.fingerprint_keys', fingerprintKeys);
    await insert(
      'vault.secrets',
      secrets.map(({ row }) => row),
    );
    return new Vault(database, await openKeyRing(path));
  };
});
