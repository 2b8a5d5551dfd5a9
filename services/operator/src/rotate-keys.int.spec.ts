import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Database } from '#postgres';
import { Secret } from '#secret';
import { canary, eventually, testDatabase, type TestDatabase } from '#testing';
import { KeyRotations, KeyRotator, openKeyRing, Vault, vaultMigrations, type KeyPort } from '#vault';
import { v7 as uuid } from 'uuid';
import { operatorRun, type OperatorRun } from '../test/operator-run';

describe('npm run rotate-keys', () => {
  let test: TestDatabase;
  let folder: string;
  let database: Database;
  let jobs: Database;
  let owner: Database;
  let root: KeyPort;
  let rotations: KeyRotations;
  beforeAll(async () => {
    test = await testDatabase({ migrations: vaultMigrations });
    folder = await mkdtemp(join(tmpdir(), 'patchbay-rotate-'));
    database = await Database.open({ url: test.urlFor('patchbay_connection'), applicationName: 'spec' });
    jobs = await Database.open({ url: test.urlFor('patchbay_jobs'), applicationName: 'spec' });
    owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec' });
    root = await openKeyRing(join(folder, 'ring.json'), {});
    rotations = new KeyRotations(jobs);
  });
  afterAll(async () => {
    await Promise.all([database.close(), jobs.close(), owner.close()]);
    await test.drop();
    await rm(folder, { recursive: true });
  });

  const rotateKeys = (...args: string[]): Promise<OperatorRun> =>
    operatorRun('rotate-keys', { DATABASE_URL: test.ownerUrl.reveal() }, ...args);
  const seal = async (workspaceId: string, howMany: number): Promise<string[]> => {
    const vault = new Vault(database, root);
    const ids = Array.from({ length: howMany }, () => uuid());
    for (const secretId of ids) {
      const address = { workspaceId, connectionId: uuid(), kind: 'credential', secretId, boundTo: null } as const;
      await vault.seal(address, Secret.of(canary('rotated_0c41')), { purpose: null });
    }
    return ids;
  };
  /** Asked for by the command, done as the connection service does it. */
  const rotatedBy = async (command: Promise<OperatorRun>): Promise<OperatorRun> => {
    const endless = new AbortController().signal;
    for (let ended = false; !ended; ended = (await Promise.race([command, pause(20)])) !== undefined) {
      const next = await rotations.next();
      if (next) await new KeyRotator(jobs, root, { pageSize: 2 }).finish(next, endless);
    }
    return command;
  };
  const keyOf = async (workspaceId: string): Promise<string> => (await rotations.keysInUse({ level: 'workspace', workspaceId })).join();

  it('has nothing to change where nothing was sealed', async () => {
    expect(await rotateKeys()).toEqual({ status: 1, stdout: '', stderr: 'The vault has no keys yet: there is nothing to change.\n' });
  });

  it('prints the proof that nothing is left on former keys, and which are gone', async () => {
    await seal('acme', 5);
    await seal('initech', 1);
    const [former, other] = [await keyOf('acme'), await keyOf('initech')];
    const { status, stdout } = await rotatedBy(rotateKeys('--workspace', 'acme'));
    expect(stdout).toBe(`5 secrets hang on new keys now.\nSecrets left on former keys: 0\nKeys that are gone: ${former}\n`);
    expect(status).toBe(0);
    expect(await keyOf('acme')).not.toBe(former);
    expect(await keyOf('initech')).toBe(other);
  });

  it('encrypts everything of everybody anew when told', async () => {
    const former = [await keyOf('acme'), await keyOf('initech')].sort();
    const encrypted = () => jobs.query(`select ciphertext::text from vault.secrets order by secret_id`);
    const before = await encrypted();
    const { status, stdout } = await rotatedBy(rotateKeys('--reencrypt'));
    expect(stdout).toBe(`6 secrets hang on new keys now.\nSecrets left on former keys: 0\nKeys that are gone: ${former.join(', ')}\n`);
    expect(status).toBe(0);
    for (const [nth, row] of (await encrypted()).entries()) expect(row).not.toEqual(before[nth]);
  });

  it('changes the root, and says which root keys backups still need', async () => {
    const former = await root.activeKeyId();
    const { status, stdout } = await rotatedBy(rotateKeys('--root'));
    expect(stdout).toBe(
      `2 keys hang on the root key ${await root.activeKeyId()} now.\nNothing hangs any more on: ${former}\nKeep those for as long as there are backups from before.\n`,
    );
    expect(status).toBe(0);
  });

  it('shows again what was asked for already, and asks for it once', async () => {
    await rotations.ask({ level: 'workspace', workspaceId: 'acme', mode: 'rewrap', reason: 'asked', askedBy: 'ada' });
    const command = rotateKeys('--workspace', 'acme');
    await eventually(async () => {
      const looking = `select from pg_stat_activity where application_name = 'patchbay-operator' and query like '%where rotation_id = $1%'`;
      return (await owner.query(looking)).length > 0;
    });
    const { stderr } = await rotatedBy(command);
    expect(stderr).toContain('This was asked for already');
    const [counted] = await jobs.query(
      `select count(*)::int as asked from vault.key_rotations where workspace_id = 'acme' and mode = 'rewrap'`,
    );
    expect(counted).toEqual({ asked: 2 }); // with the one of the first proof
  });

  it('ends with 1 where a secret does not open, and with it its key does not go', async () => {
    const [broken] = await seal('hooli', 3);
    await jobs.query(
      `update vault.secrets set wrapped_dek = overlay(wrapped_dek placing '\\x00'::bytea from 20 for 1) where secret_id = $1`,
      [broken],
    );
    const { status, stdout, stderr } = await rotatedBy(rotateKeys('--workspace', 'hooli'));
    expect(stdout).toBe('2 secrets hang on new keys now.\nSecrets left on former keys: 1\nKeys that are gone: none\n');
    expect(stderr).toContain('restore those rows from a backup');
    expect(status).toBe(1);
  });

  it.each([
    ['a root of one workspace', ['--root', '--workspace', 'acme']],
    ['a root that encrypts', ['--root', '--reencrypt']],
    ['what it does not know', ['--force']],
    ['a name too many', ['acme']],
  ])('asks for nothing when told of %s', async (_, args) => {
    const before = await jobs.query('select count(*) from vault.key_rotations');
    expect(await rotateKeys(...args)).toMatchObject({ status: 64, stdout: '', stderr: expect.stringContaining('--help') });
    expect(await jobs.query('select count(*) from vault.key_rotations')).toEqual(before);
  });
});
