import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileIsNotPrivate, readPrivateJson, writePrivateJson } from './private-file';
import { roleNames } from './role-name';
import { readOrCreateRolePasswords } from './role-passwords';

describe('a file of passwords', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-private-'));
    path = join(folder, 'passwords.json');
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('is written whole, for its owner only, also over one that others may read', async () => {
    await writeFile(path, '{}', { mode: 0o644 });
    await writePrivateJson(path, { word: 'canary' });
    expect(await readPrivateJson(path)).toEqual({ word: 'canary' });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['passwords.json']);
  });

  it('is nothing before it was written', async () => {
    expect(await readPrivateJson(path)).toBeNull();
  });

  it.each([0o640, 0o604, 0o660])('is refused with mode %o, and says what to run', async (mode) => {
    await writePrivateJson(path, {});
    await chmod(path, mode);
    await expect(readPrivateJson(path)).rejects.toThrow(FileIsNotPrivate);
    await expect(readPrivateJson(path)).rejects.toThrow(/run chmod 600 on it/);
  });

  it('gives each role a password of its own, the same one every time', async () => {
    const first = await readOrCreateRolePasswords(join(folder, 'new'));
    const again = await readOrCreateRolePasswords(join(folder, 'new'));
    const words = roleNames.map((role) => first[role].reveal());
    expect(new Set(words).size).toBe(roleNames.length);
    expect(roleNames.map((role) => again[role].reveal())).toEqual(words);
  });

  it('gains the password of a role that came later', async () => {
    await writePrivateJson(join(folder, 'role-passwords.json'), { patchbay_log: 'kept' });
    expect((await readOrCreateRolePasswords(folder)).patchbay_log.reveal()).toBe('kept');
    expect(Object.keys((await readPrivateJson(join(folder, 'role-passwords.json'))) as object)).toEqual([...roleNames]);
  });
});
