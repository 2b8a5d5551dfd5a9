import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { v7 as uuid } from 'uuid';
import { Database } from '#postgres';
import { Secret } from '#secret';
import { testDatabase, type TestDatabase } from '#testing';
import { ConnectionAccounts } from './connection-accounts';
import { fingerprintOf } from './fingerprint';
import type { KeyPort } from './key-port';
import { openKeyRing } from './key-ring';
import { vaultMigrations } from './migrations/vault-migrations';
import type { SecretAddress } from './secret-address';
import { Vault } from './vault';

describe('the vault', () => {
  let folder: string;
  let test: TestDatabase;
  let owner: Database;
  let database: Database;
  let root: KeyPort;
  let vault: Vault;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-vault-'));
    test = await testDatabase({ migrations: vaultMigrations });
    owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec' });
    database = await Database.open({ url: test.urlFor('patchbay_connection'), applicationName: 'spec', poolSize: 10 });
    root = await openKeyRing(join(folder, 'ring.json'));
    vault = new Vault(database, root);
  });
  afterAll(async () => {
    await database.close();
    await owner.close();
    await test.drop();
    await rm(folder, { recursive: true });
  });

  const seal = async (changes: Partial<SecretAddress> = {}, value = 'sk_live_1'): Promise<SecretAddress> => {
    const address = { ...credential(), ...changes };
    await vault.seal(address, Secret.of(value), { purpose: null });
    return address;
  };
  const opened = async (address: SecretAddress, by = vault) => (await by.open(address)).reveal();
  const anotherProcess = () => new Vault(database, root);

  it('opens what it sealed, in this process and in any other', async () => {
    const address = await seal({}, 'sk_live_ü ☂');
    expect(await opened(address)).toBe('sk_live_ü ☂');
    expect(await opened(address, anotherProcess())).toBe('sk_live_ü ☂');
  });

  it('keeps why a credential waits and until when', async () => {
    const address = credential();
    const expiresAt = new Date('2026-11-24T10:00:00.000Z');
    await vault.seal(address, Secret.of('sk_live_1'), { purpose: 'candidate', expiresAt });
    const [row] = await owner.query(`select purpose, expires_at, activated_at_revision from vault.secrets where secret_id = $1`, [
      address.secretId,
    ]);
    expect(row).toEqual({ purpose: 'candidate', expires_at: expiresAt, activated_at_revision: null });
    expect(await opened(address)).toBe('sk_live_1');
  });

  it('does not find what was never sealed, nor what was shredded', async () => {
    await expect(vault.open(credential())).rejects.toMatchObject({ name: 'SecretDoesNotExist' });
    const address = await seal();
    await vault.shred(address.secretId);
    await vault.shred(address.secretId);
    await expect(vault.open(address)).rejects.toMatchObject({ name: 'SecretDoesNotExist', secretId: address.secretId });
  });

  it('shreds all that was sealed for a connection, and nothing of others', async () => {
    const connectionId = uuid();
    const mine = [await seal({ connectionId }), await seal({ connectionId, kind: 'webhook_signing' })];
    const others = [await seal(), await seal({ connectionId, workspaceId: 'globex' })];
    await vault.shredAllOf({ workspaceId: 'acme', connectionId });
    await vault.shredAllOf({ workspaceId: 'acme', connectionId });
    for (const address of mine) await expect(vault.open(address)).rejects.toMatchObject({ name: 'SecretDoesNotExist' });
    for (const address of others) expect(await opened(address)).toBe('sk_live_1');
  });

  it('keeps a credential that was replaced until it is told, however often it is told', async () => {
    const address = credential();
    await vault.seal(address, Secret.of('sk_live_1'), { purpose: 'candidate', expiresAt: new Date() });
    const until = new Date('2026-11-25T10:00:00.000Z');
    await vault.retire(address.secretId, until);
    await vault.retire(address.secretId, new Date('2099-01-01T00:00:00.000Z'));
    const [row] = await owner.query(`select purpose, expires_at, retired_at <= now() as retired from vault.secrets where secret_id = $1`, [
      address.secretId,
    ]);
    expect(row).toEqual({ purpose: null, expires_at: until, retired: true });
    expect(await opened(address)).toBe('sk_live_1');
    await vault.retire(uuid(), until);
  });

  it.each(Object.entries(elsewhere()))('does not open a secret for whoever asks at another %s', async (field, value) => {
    const address = await seal();
    await expect(vault.open({ ...address, [field]: value })).rejects.toMatchObject({ name: 'SecretDoesNotOpen' });
  });

  it.each([...Object.entries(elsewhere()), ['secretId', uuid()] as const])(
    'does not open a row that was moved to another %s in the database',
    async (field, value) => {
      const address = await seal();
      const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      await owner.query(`update vault.secrets set ${column} = $1 where secret_id = $2`, [value, address.secretId]);
      await expect(vault.open({ ...address, [field]: value })).rejects.toMatchObject({ name: 'SecretDoesNotOpen' });
    },
  );

  it('does not open a row whose key was moved in from another workspace', async () => {
    const mine = await seal({ workspaceId: 'thief' });
    const theirs = await seal({ workspaceId: 'victim' });
    await owner.query(`update vault.secrets set kek_id = (select kek_id from vault.secrets where secret_id = $1) where secret_id = $2`, [
      theirs.secretId,
      mine.secretId,
    ]);
    await expect(vault.open(mine)).rejects.toMatchObject({ name: 'SecretDoesNotOpen' });
    await owner.query(
      `update vault.workspace_keys set workspace_id = 'thief', version = 2, state = 'retired' where workspace_id = 'victim'`,
    );
    await expect(anotherProcess().open(mine)).rejects.toMatchObject({ name: 'VaultIsSealed' });
    await owner.query(`delete from vault.secrets where workspace_id in ('thief', 'victim')`);
    await owner.query(`delete from vault.workspace_keys where workspace_id = 'thief'`);
  });

  it('takes the same secret again as a retry, and refuses another one under the same id', async () => {
    const address = await seal();
    await vault.seal(address, Secret.of('sk_live_1'), { purpose: null });
    await expect(vault.seal(address, Secret.of('sk_live_2'), { purpose: null })).rejects.toMatchObject({ name: 'SecretIdIsTaken' });
    await expect(seal({ ...address, workspaceId: 'globex' })).rejects.toMatchObject({ name: 'SecretIdIsTaken' });
    expect(await opened(address)).toBe('sk_live_1');
  });

  it('makes one key per workspace, however many processes need the first one at once', async () => {
    const processes = Array.from({ length: 20 }, anotherProcess);
    const addresses = processes.map(() => credential({ workspaceId: 'crowded' }));
    await Promise.all(processes.map((process, at) => process.seal(addresses[at]!, Secret.of(`secret ${at}`), { purpose: null })));
    const fingerprints = await Promise.all(processes.map((process) => process.fingerprint('crowded', '{}')));
    expect(await Promise.all(addresses.map((address) => opened(address)))).toEqual(addresses.map((_, at) => `secret ${at}`));
    expect(new Set(fingerprints).size).toBe(1);
    expect(await owner.query(`select version, state from vault.workspace_keys where workspace_id = 'crowded'`)).toEqual([
      { version: 1, state: 'active' },
    ]);
  });

  it('seals with the active key and opens with the one that sealed', async () => {
    const before = await seal({ workspaceId: 'rotating' });
    const kekId = uuid();
    const { wrapped, keyId } = await root.wrap(randomBytes(32), { purpose: 'workspace_kek', workspaceId: 'rotating', kekId });
    await owner.transaction(async (tx) => {
      await tx.query(`update vault.workspace_keys set state = 'retired' where workspace_id = 'rotating'`);
      await tx.query(
        `insert into vault.workspace_keys (workspace_id, kek_id, version, wrapped, root_key_id, state) values ($1, $2, 2, $3, $4, 'active')`,
        ['rotating', kekId, wrapped, keyId],
      );
    });
    const after = await seal({ workspaceId: 'rotating' }, 'sk_live_2');
    expect(await owner.query(`select kek_id from vault.secrets where secret_id = $1`, [after.secretId])).toEqual([{ kek_id: kekId }]);
    expect(await opened(before, anotherProcess())).toBe('sk_live_1');
    expect(await opened(after, anotherProcess())).toBe('sk_live_2');
  });

  it('serves nothing and stores nothing while its root key is missing, and names that key', async () => {
    const address = await seal();
    const sealed = new Vault(database, await openKeyRing(join(folder, 'made-anew.json')));
    const missing = { name: 'VaultIsSealed', keyId: await root.activeKeyId() };
    const tables = await dump(owner);
    await expect(sealed.health()).rejects.toMatchObject(missing);
    await expect(sealed.open(address)).rejects.toMatchObject(missing);
    for (const workspaceId of [address.workspaceId, 'a-new-workspace']) {
      await expect(sealed.seal(credential({ workspaceId }), Secret.of('sk'), { purpose: null })).rejects.toMatchObject(missing);
      await expect(sealed.fingerprint(workspaceId, '{}')).rejects.toMatchObject(missing);
    }
    expect(await dump(owner)).toEqual(tables);
    await expect(vault.health()).resolves.toBeUndefined();
  });

  it('fingerprints the same credentials alike in one workspace, and unlike in another', async () => {
    const print = (workspaceId: string, json = '{"apiKey":"sk_live_1"}') => anotherProcess().fingerprint(workspaceId, json);
    const first = await print('initech');
    expect(first).toMatch(/^[\w-]{22}$/);
    expect(await print('initech')).toBe(first);
    expect(await print('initech', '{"apiKey":"sk_live_2"}')).not.toBe(first);
    expect(await print('hooli')).not.toBe(first);
    expect(first).not.toBe(fingerprintOf(Buffer.alloc(32), '{"apiKey":"sk_live_1"}'));
  });

  it('keeps its errors free of what it holds', async () => {
    const address = await seal({}, 'sk_live_canary');
    const errors = await Promise.all([
      vault.seal(address, Secret.of('sk_live_canary_2'), { purpose: null }).catch((error: unknown) => error),
      vault.open({ ...address, boundTo: null }).catch((error: unknown) => error),
      vault.seal({ ...credential(), kind: 'flow' }, Secret.of('sk_live_canary'), { purpose: 'candidate' }).catch((error: unknown) => error),
    ]);
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
    }
  });

  it('leaves no secret in its tables, in any encoding', async () => {
    const accounts = new ConnectionAccounts(database);
    await accounts.keep({ workspaceId: 'acme', connectionId: uuid(), label: `shop of ${canary.toString()}, in the clear` });
    expect(encodingsFoundIn(await dump(owner))).toEqual(['raw']); // so it would be seen
    await owner.query('delete from vault.connection_accounts');

    await seal({}, canary.toString());
    await seal({}, JSON.stringify({ apiKey: canary.toString(), password: canary.toString('base64') }));
    await vault.fingerprint('acme-of-the-canary', canary.toString());
    expect(encodingsFoundIn(await dump(owner))).toEqual([]);
  });

  it('would be caught leaving one in any of these encodings', async () => {
    const planted = [
      canary,
      ...(['base64', 'base64url', 'hex'] as const).map((encoding) => Buffer.from(`{"at":"${canary.toString(encoding)}"}`)),
    ];
    for (const bytes of planted) {
      const { secretId } = await seal();
      await owner.query('update vault.secrets set ciphertext = $1 where secret_id = $2', [bytes, secretId]);
    }
    expect(encodingsFoundIn(await dump(owner))).toEqual(['raw', 'base64', 'base64url', 'hex']);
  });
});

const credential = (changes: Partial<SecretAddress> = {}): SecretAddress => ({
  workspaceId: 'acme',
  connectionId: uuid(),
  kind: 'credential',
  secretId: uuid(),
  boundTo: 'https://api.example.com:443',
  ...changes,
});

/** A function, because the titles of the specs need it before this line is reached. */
function elsewhere() {
  return { workspaceId: 'globex', connectionId: uuid(), kind: 'oauth_client', boundTo: 'https://api.example.org:443' };
}

// Its base64 and base64url differ, in all three ways it can fall on groups of three bytes.
const canary = Buffer.from('sk_canary_~?>~?>~?>~_7f3a');

/** Every row of every table as text, bytes both as PostgreSQL prints them and as they are. */
const dump = async (owner: Database): Promise<Buffer> => {
  const tables = await owner.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'vault'`,
  );
  const texts = await Promise.all(tables.map(({ name }) => owner.query<{ row: object }>(`select to_jsonb(t) as row from ${name} t`)));
  const text = JSON.stringify(texts);
  const bytes = [...text.matchAll(/\\\\x([0-9a-f]+)/g)].map(([, hex = '']) => Buffer.from(hex, 'hex'));
  return Buffer.concat([Buffer.from(text), ...bytes]);
};

/** The canary may begin anywhere in a group of three bytes, so base64 has three looks. */
const encodingsFoundIn = (haystack: Buffer): string[] => {
  const looks = (encoding: 'base64' | 'base64url') =>
    [0, 1, 2].map((before) =>
      Buffer.concat([Buffer.alloc(before), canary])
        .toString(encoding)
        .slice(4, -4),
    );
  const needles = { raw: [canary], base64: looks('base64'), base64url: looks('base64url'), hex: [canary.toString('hex')] };
  return Object.entries(needles)
    .filter(([, forms]) => forms.some((form) => haystack.includes(form)))
    .map(([encoding]) => encoding);
};
