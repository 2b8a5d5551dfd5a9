import { randomBytes, randomUUID } from 'node:crypto';
import { Database, type RoleName } from '#postgres';
import { testDatabase, type TestDatabase } from '#testing';
import { vaultMigrations } from './vault-migrations';

describe("the vault's tables", () => {
  let test: TestDatabase;
  const open = new Map<RoleName | 'patchbay_owner', Database>();

  beforeAll(async () => {
    test = await testDatabase({ migrations: vaultMigrations });
    open.set('patchbay_owner', await Database.open({ url: test.ownerUrl, applicationName: 'spec' }));
    await as('patchbay_owner').query(
      `insert into vault.workspace_keys (workspace_id, kek_id, version, wrapped, root_key_id, state) values ('sound', $1, 1, '', 'root', 'active')`,
      [kekId],
    );
    for (const role of ['patchbay_connection', 'patchbay_jobs', 'patchbay_projections', 'patchbay_reader', 'patchbay_log'] as const) {
      open.set(role, await Database.open({ url: test.urlFor(role), applicationName: 'spec', poolSize: 1 }));
    }
  });
  afterAll(async () => {
    for (const database of open.values()) await database.close();
    await test.drop();
  });

  const as = (role: RoleName | 'patchbay_owner') => open.get(role)!;
  const tables = [
    ...['secrets', 'vault_heads', 'connection_accounts', 'workspace_keys', 'fingerprint_keys'],
    ...['key_wraps', 'key_rotations', 'key_happenings'],
  ];

  it.each(['patchbay_projections', 'patchbay_reader', 'patchbay_log'] as const)('are out of sight for %s', async (role) => {
    const [right] = await as(role).query(
      `select has_schema_privilege('vault', 'usage') as usage, has_schema_privilege('vault', 'create') as create`,
    );
    expect(right).toEqual({ usage: false, create: false });
    for (const table of tables) {
      await expect(as(role).query(`select 1 from vault.${table}`)).rejects.toThrow('permission denied for schema vault');
    }
  });

  it.each(['patchbay_connection', 'patchbay_jobs'] as const)('are there for %s', async (role) => {
    for (const table of tables) expect(await as(role).query(`select 1 from vault.${table}`)).toBeInstanceOf(Array);
  });

  it.each([
    ['change what was sealed', `update vault.secrets set ciphertext = ''`],
    ['move a secret', `update vault.secrets set workspace_id = 'globex'`],
    ['change a key', `update vault.workspace_keys set wrapped = ''`],
    ['destroy a key', `delete from vault.fingerprint_keys`],
    ['drop a head', `delete from vault.vault_heads`],
    ['empty a table', `truncate vault.secrets`],
    ['add a table', `create table vault.leak (secret text)`],
  ])('do not let patchbay_connection %s', async (_, statement) => {
    await expect(as('patchbay_connection').query(statement)).rejects.toThrow('permission denied');
  });

  it.each([
    ['a nonce of another size', { iv: randomBytes(11) }, 'secrets_iv_check'],
    ['a short tag', { tag: randomBytes(4) }, 'secrets_tag_check'],
    ['a short commitment', { commitment: randomBytes(16) }, 'secrets_commitment_check'],
    ['an unknown kind', { kind: 'password' }, 'secrets_kind_check'],
    ['an unknown purpose', { purpose: 'spare' }, 'secrets_purpose_check'],
    ['a waiting secret that is no credential', { kind: 'flow', purpose: 'candidate' }, 'only_credentials_wait'],
    ['a current credential that still waits', { purpose: 'refresh', activated_at_revision: 3 }, 'activated_has_no_purpose'],
    ['a revision below the first', { activated_at_revision: -1 }, 'secrets_activated_at_revision_check'],
  ])('do not hold %s', async (_, wrong, constraint) => {
    await expect(insert({ ...sound(), ...wrong })).rejects.toThrow(constraint);
    await expect(insert(sound())).resolves.toEqual([]);
  });

  it('hold one active key per workspace, and each version once', async () => {
    const key = (version: number, state: string) =>
      as('patchbay_owner').query(
        `insert into vault.workspace_keys (workspace_id, kek_id, version, wrapped, root_key_id, state) values ('acme', $1, $2, '', 'root', $3)`,
        [randomUUID(), version, state],
      );
    await key(1, 'active');
    await expect(key(2, 'active')).rejects.toThrow('workspace_keys_active');
    await expect(key(1, 'retired')).rejects.toThrow('workspace_keys_workspace_id_version_key');
  });

  const insert = (row: Record<string, unknown>) => {
    const columns = Object.keys(row);
    return as('patchbay_owner').query(
      `insert into vault.secrets (${columns.join(', ')}) values (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
      Object.values(row),
    );
  };
});

/** A row may hang on a key that there is only. */
const kekId = randomUUID();

const sound = (): Record<string, unknown> => ({
  workspace_id: 'acme',
  connection_id: randomUUID(),
  kind: 'credential',
  secret_id: randomUUID(),
  purpose: null,
  activated_at_revision: null,
  alg: 'pb1-aes-256-gcm',
  kek_id: kekId,
  wrapped_dek: randomBytes(60),
  iv: randomBytes(12),
  ciphertext: randomBytes(1),
  tag: randomBytes(16),
  commitment: randomBytes(32),
});
