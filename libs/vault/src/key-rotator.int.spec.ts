import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuid } from 'uuid';
import { Database } from '#postgres';
import { Secret } from '#secret';
import { testDatabase, type TestDatabase } from '#testing';
import type { KeyPort } from './key-port';
import { openKeyRing } from './key-ring';
import { KeyRotations, type KeyRotationAsked } from './key-rotations';
import { KeyRotator } from './key-rotator';
import { vaultMigrations } from './migrations/vault-migrations';
import type { SecretAddress } from './secret-address';
import { Vault } from './vault';

describe('keys that change while they are in use', () => {
  let folder: string;
  let test: TestDatabase;
  let owner: Database;
  let database: Database;
  let jobs: Database;
  let root: KeyPort;
  let vault: Vault;
  let rotations: KeyRotations;
  let workspace: string;
  let count = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-rotation-'));
    test = await testDatabase({ migrations: vaultMigrations });
    owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec' });
    database = await Database.open({ url: test.urlFor('patchbay_connection'), applicationName: 'spec', poolSize: 10 });
    jobs = await Database.open({ url: test.urlFor('patchbay_jobs'), applicationName: 'spec' });
    root = await openKeyRing(join(folder, 'ring.json'));
    vault = new Vault(database, root);
    rotations = new KeyRotations(jobs);
  });
  beforeEach(() => (workspace = `acme-${(count += 1)}`));
  afterAll(async () => {
    await Promise.all([database.close(), jobs.close(), owner.close()]);
    await test.drop();
    await rm(folder, { recursive: true });
  });

  const sealed = (howMany: number, by = vault): Promise<SecretAddress[]> =>
    Promise.all(
      Array.from({ length: howMany }, async (_, nth) => {
        const address = { workspaceId: workspace, connectionId: uuid(), kind: 'credential', secretId: uuid(), boundTo: null } as const;
        await by.seal(address, Secret.of(`secret ${nth}`), { purpose: null });
        return address;
      }),
    );
  const opened = async (addresses: readonly SecretAddress[], by = vault): Promise<string[]> =>
    Promise.all(addresses.map(async (address) => (await by.open(address)).reveal()));
  const secrets = (howMany: number): string[] => Array.from({ length: howMany }, (_, nth) => `secret ${nth}`);
  const ask = (changed: Partial<KeyRotationAsked> = {}) =>
    rotations.ask({ level: 'workspace', workspaceId: workspace, mode: 'rewrap', reason: 'asked', askedBy: 'ada', ...changed });
  const keys = () =>
    owner.query<{ kek_id: string; version: number; state: string; secrets: number }>(
      `select kek_id, version, state, (select count(*)::int from vault.secrets where kek_id = key.kek_id) as secrets
         from vault.workspace_keys as key where workspace_id = $1 order by version`,
      [workspace],
    );
  const happenings = async () =>
    (
      await owner.query<{ type: string; data: { workspaceId: string | null; level: string } }>(
        `select type, data from vault.key_happenings order by happening_id`,
      )
    )
      .filter(({ data }) => data.workspaceId === workspace)
      .map(({ type }) => type);
  const endless = new AbortController().signal;

  it('are replaced: all rows hang on the new one, the old one is gone, and whoever has it in memory reads on', async () => {
    const addresses = await sealed(25);
    const anotherProcess = new Vault(database, root);
    await opened(addresses, anotherProcess);
    const asked = await ask();
    await new KeyRotator(jobs, root, { pageSize: 10 }).finish(asked, endless);

    expect(await keys()).toMatchObject([{ version: 2, state: 'active', secrets: 25 }]);
    expect(await rotations.find(asked.rotationId)).toMatchObject({ total: 25, done: 25, finishedAt: expect.any(Date) as Date });
    expect(await opened(addresses)).toEqual(secrets(25));
    expect(await opened(addresses, anotherProcess)).toEqual(secrets(25));
    expect(await opened(addresses, new Vault(database, root))).toEqual(secrets(25));
    expect(await happenings()).toEqual(['KeyActivated', 'KeyActivated', 'RewrapCompleted', 'KeyRetired']);
  });

  it('leave what is encrypted as it is, and in an emergency nothing of it', async () => {
    const [address] = await sealed(1);
    const row = async () =>
      (
        await owner.query<Record<string, Buffer>>(
          `select wrapped_dek, iv, ciphertext, tag, commitment from vault.secrets where secret_id = $1`,
          [address!.secretId],
        )
      )[0]!;
    const changed = async (mode: 'rewrap' | 'reencrypt') => {
      const before = await row();
      await new KeyRotator(jobs, root).finish(await ask({ mode }), endless);
      const after = await row();
      return Object.keys(before).filter((part) => !before[part]!.equals(after[part]!));
    };
    expect(await changed('rewrap')).toEqual(['wrapped_dek']);
    expect(await changed('reencrypt')).toEqual(['wrapped_dek', 'iv', 'ciphertext', 'tag', 'commitment']);
    expect(await opened([address!])).toEqual(['secret 0']);
  });

  it('go on where they were stopped, at whichever page, and count each row once', async () => {
    const addresses = await sealed(30);
    const asked = await ask();
    for (let stops = 0; ; stops += 1) {
      const stop = new AbortController();
      let pages = 0;
      const stopping = new Proxy(jobs, {
        get: (target, name) => {
          if (name === 'transaction' && (pages += 1) > 1 + (stops % 2)) stop.abort();
          const member: unknown = Reflect.get(target, name);
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        },
      });
      const current = (await rotations.find(asked.rotationId))!;
      const stopped = await new KeyRotator(stopping, root, { pageSize: 7, pauseMs: 0 }).finish(current, stop.signal).then(
        () => false,
        () => true,
      );
      expect(await opened(addresses)).toEqual(secrets(30));
      if (!stopped) break;
    }
    expect(await rotations.find(asked.rotationId)).toMatchObject({ total: 30, done: 30 });
    expect(await keys()).toMatchObject([{ version: 2, secrets: 30 }]);
  });

  it('fail nobody who reads or seals meanwhile', async () => {
    const addresses = await sealed(60);
    const done = new AbortController();
    const processes = [vault, new Vault(database, root), new Vault(database, root)];
    const sealing = processes.map(async (process) => {
      const added: SecretAddress[] = [];
      while (!done.signal.aborted) {
        added.push(...(await sealed(1, process)));
        expect(await opened(addresses.slice(0, 5), process)).toEqual(secrets(5));
      }
      return added;
    });
    for (let round = 0; round < 4; round += 1) await new KeyRotator(jobs, root, { pageSize: 10, pauseMs: 1 }).finish(await ask(), endless);
    done.abort();
    const added = (await Promise.all(sealing)).flat();
    expect(added.length).toBeGreaterThan(3);
    expect(new Set(await opened(added))).toEqual(new Set(['secret 0']));
    expect((await keys()).at(-1)).toMatchObject({ version: 5, state: 'active' });
    await new KeyRotator(jobs, root).finish(await ask(), endless);
    expect(await keys()).toMatchObject([{ version: 6, secrets: 60 + added.length }]);
  });

  it('are not destroyed while a row hangs on them that does not open', async () => {
    const [broken, ...others] = await sealed(4);
    await owner.query(
      `update vault.secrets set wrapped_dek = overlay(wrapped_dek placing '\\x00'::bytea from 20 for 1) where secret_id = $1`,
      [broken!.secretId],
    );
    await expect(vault.open(broken!)).rejects.toMatchObject({ name: 'SecretDoesNotOpen' });
    const rotator = new KeyRotator(jobs, root);
    await rotator.finish(await ask(), endless);
    expect(await keys()).toMatchObject([
      { version: 1, state: 'retired', secrets: 1 },
      { version: 2, state: 'active', secrets: 3 },
    ]);
    expect(await rotations.left({ level: 'workspace', workspaceId: workspace })).toBe(1);
    expect(await opened(others)).toHaveLength(3);
    await expect(vault.open(broken!)).rejects.toMatchObject({ name: 'SecretDoesNotOpen' });
  });

  it('stay as they are where the root at hand is not theirs', async () => {
    await sealed(1);
    const before = await keys();
    const strange = new KeyRotator(jobs, await openKeyRing(join(folder, 'strange.json')));
    for (const level of ['workspace', 'root'] as const) {
      const asked = await ask({ level, workspaceId: level === 'root' ? null : workspace });
      await expect(strange.finish(asked, endless)).rejects.toMatchObject({ name: 'VaultIsSealed', keyId: await root.activeKeyId() });
      expect(await rotations.find(asked.rotationId)).toMatchObject({ total: null, finishedAt: null });
      await owner.query('delete from vault.key_rotations where rotation_id = $1', [asked.rotationId]);
    }
    expect(await keys()).toEqual(before);
  });

  it('cannot be destroyed by anybody while a row hangs on them, nor a row come under one that is gone', async () => {
    const [address] = await sealed(1);
    await expect(jobs.query(`delete from vault.workspace_keys where workspace_id = $1`, [workspace])).rejects.toThrow('sealed_under_a_key');
    await expect(
      jobs.query(`update vault.secrets set kek_id = gen_random_uuid() where secret_id = $1`, [address!.secretId]),
    ).rejects.toThrow('sealed_under_a_key');
  });

  it('are due to be changed after ninety days or half of the wraps they may do, and asked for once', async () => {
    const due = async (now = new Date()) => {
      await rotations.askForWorn(now);
      const next = await owner.query<{ workspace_id: string; reason: string }>(
        `select workspace_id, reason from vault.key_rotations where workspace_id = $1 and finished_at is null`,
        [workspace],
      );
      return next.map(({ reason }) => reason);
    };
    await sealed(1);
    expect(await due()).toEqual([]);
    await owner.query(`update vault.key_wraps set reserved = 2147483648 where kek_id = $1`, [(await keys())[0]!.kek_id]);
    expect(await due()).toEqual(['worn']);
    expect(await due()).toEqual(['worn']);

    workspace = `${workspace}-old`;
    await sealed(1);
    expect(await due(new Date(Date.now() + 89 * 86_400_000))).toEqual([]);
    expect(await due(new Date(Date.now() + 91 * 86_400_000))).toEqual(['worn']);
  });

  it('are counted in blocks over all processes, and wrap no more than they may', async () => {
    await sealed(3);
    await sealed(2, new Vault(database, root));
    const [{ kek_id: kekId } = { kek_id: '' }] = await keys();
    expect(await owner.query(`select reserved from vault.key_wraps where kek_id = $1`, [kekId])).toEqual([
      { reserved: String(2 * 65_536) },
    ]);
    await owner.query(`update vault.key_wraps set reserved = 4294967296 where kek_id = $1`, [kekId]);
    await sealed(1);
    await expect(sealed(1, new Vault(database, root))).rejects.toMatchObject({ name: 'VaultIsSealed', keyId: kekId });
  });

  it('hang on another root after its rotation, also for a process that started before it', async () => {
    const addresses = await sealed(3);
    const print = await vault.fingerprint(workspace, '{}');
    const before = await root.activeKeyId();
    const older = new Vault(database, await openKeyRing(join(folder, 'ring.json')));
    const asked = await ask({ level: 'root', workspaceId: null });
    await new KeyRotator(jobs, root, { pageSize: 2 }).finish(asked, endless);

    const roots = await owner.query<{ root_key_id: string }>(
      `select distinct root_key_id from (select root_key_id from vault.workspace_keys union all select root_key_id from vault.fingerprint_keys) as keys`,
    );
    expect(roots).toEqual([{ root_key_id: await root.activeKeyId() }]);
    expect(roots[0]!.root_key_id).not.toBe(before);
    const { total, done } = (await rotations.find(asked.rotationId))!;
    expect(done).toBe(total);
    expect(await opened(addresses, older)).toEqual(secrets(3));
    expect(await older.fingerprint(workspace, '{}')).toBe(print);
    const told = await owner.query<{ type: string; data: object }>(
      `select type, data from vault.key_happenings where data ->> 'level' = 'root' order by happening_id`,
    );
    expect(told.map(({ type }) => type)).toEqual(['KeyActivated', 'KeyRetired', 'RewrapCompleted']);
    expect(told[1]!.data).toMatchObject({ keyId: before });
  });
});
