import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { keyPortContract } from './key-port.contract';
import { openKeyRing } from './key-ring';
import { createKeyRing } from './key-ring-file';

describe('the local key ring', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-key-ring-'));
    path = join(folder, 'keys', 'ring.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (content: string, mode = 0o600) => {
    path = join(folder, 'ring.json');
    await writeFile(path, content);
    await chmod(path, mode);
  };
  const refusal = async (environment?: NodeJS.ProcessEnv): Promise<string> => {
    const outcome: unknown = await openKeyRing(path, environment).catch((reason: unknown) => reason);
    expect(outcome).toMatchObject({ name: 'KeyRingIsRefused' });
    return inspect(outcome);
  };

  it('makes a key of its own when first opened, for its owner alone, and finds it again', async () => {
    const first = await openKeyRing(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { keyId, wrapped } = await first.wrap(Buffer.alloc(32, 7), {});
    expect(await (await openKeyRing(path)).unwrap(wrapped, keyId, {})).toEqual(Buffer.alloc(32, 7));
  });

  it('ends with one ring when many start at once, and leaves no draft behind', async () => {
    const rings = await Promise.all(Array.from({ length: 20 }, () => openKeyRing(path)));
    const ids = await Promise.all(rings.map((ring) => ring.activeKeyId()));
    expect(new Set(ids).size).toBe(1);
    expect(await readdir(join(folder, 'keys'))).toEqual(['ring.json']);
  });

  it('is left as it is by a process that was about to make one when another did', async () => {
    const first = await createKeyRing(path);
    expect(await createKeyRing(path)).toEqual(first);
  });

  it.each([0o400, 0o604, 0o640, 0o644, 0o660, 0o700, 0o777])('is refused with mode %o, with the cure', async (mode) => {
    await openKeyRing(path);
    await chmod(path, mode);
    expect(await refusal()).toContain(`chmod 600 ${path}`);
  });

  it('is refused when the environment holds a key as well, whether there is a file or not', async () => {
    expect(await refusal({ VAULT_ROOT_KEY: 'canary' })).toMatch(/unset VAULT_ROOT_KEY(?!.*canary)/s);
    await openKeyRing(path);
    expect(await refusal({ VAULT_ROOT_KEY: '' })).toContain('unset VAULT_ROOT_KEY');
  });

  const canary = Buffer.alloc(32, 'canary').toString('base64');
  const ring = (changes: object) => JSON.stringify({ format: 'patchbay-key-ring-1', active: 'a', keys: { a: canary }, ...changes });
  it.each([
    ['empty', ''],
    ['cut off', ring({}).slice(0, -2)],
    ['not JSON', canary],
    ['of another format', ring({ format: 'patchbay-key-ring-2' })],
    ['without its active key', ring({ active: 'b' })],
    ['with a short key', ring({ keys: { a: canary.slice(0, 40) } })],
    ['with a key that is not base64', ring({ keys: { a: `${canary.slice(0, -2)}!!` } })],
    ['with something else in it', ring({ note: canary })],
  ])('is refused when the file is %s, without showing what is in it', async (_, content) => {
    await write(content);
    const said = await refusal();
    expect(said).toContain('restore it from the backup');
    expect(said).not.toContain(canary.slice(0, 8));
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('is refused where it cannot be written, naming the cause', async () => {
    await write('');
    path = join(path, 'ring.json');
    expect(await refusal()).toContain('ENOTDIR');
  });

  it('opens what another process wrapped with a key that came later, and wraps with that key itself', async () => {
    const [one, other] = [await openKeyRing(path), await openKeyRing(path)];
    const context = { purpose: 'health' };
    const first = await one.activeKeyId();
    const next = await other.rotate();
    const { keyId, wrapped } = await other.wrap(Buffer.alloc(32, 7), context);
    expect(keyId).toBe(next);
    expect(await one.unwrap(wrapped, keyId, context)).toEqual(Buffer.alloc(32, 7));
    expect((await one.wrap(Buffer.alloc(32, 7), context)).keyId).toBe(next);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(Object.keys((JSON.parse(await readFile(path, 'utf8')) as { keys: object }).keys)).toEqual([first, next]);
  });

  it('wraps nothing once its file is gone: the key would be lost with the process', async () => {
    const ring = await openKeyRing(path);
    await rm(path);
    await expect(ring.wrap(Buffer.alloc(32), { purpose: 'health' })).rejects.toMatchObject({ name: 'VaultIsSealed' });
  });

  it('is not made for a vault that hangs on another: it is sealed until its file is back', async () => {
    const lost = await openKeyRing(path);
    const { keyId, wrapped } = await lost.wrap(Buffer.alloc(32, 7), {});
    await rename(path, join(folder, 'away.json'));
    const ring = await openKeyRing(path, {}, keyId);
    expect(await readdir(join(folder, 'keys'))).toEqual([]);
    const missing = { name: 'VaultIsSealed', keyId };
    await expect(ring.wrap(Buffer.alloc(32), {})).rejects.toMatchObject(missing);
    await expect(ring.activeKeyId()).rejects.toMatchObject(missing);
    await expect(ring.unwrap(wrapped, 'an older key', {})).rejects.toMatchObject({ keyId: 'an older key' });
    await rename(join(folder, 'away.json'), path);
    expect(await ring.unwrap(wrapped, keyId, {})).toEqual(Buffer.alloc(32, 7));
  });

  it('shows no key when it is printed', async () => {
    const opened = await openKeyRing(path);
    const { keys } = JSON.parse(await readFile(path, 'utf8')) as { keys: Record<string, string> };
    const printed = inspect(opened, { depth: 9, showHidden: true }) + JSON.stringify(opened);
    for (const key of Object.values(keys)) {
      expect(printed).not.toContain(key);
      expect(printed).not.toContain(Buffer.from(key, 'base64').toString('hex').slice(0, 8));
    }
  });
});

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));
keyPortContract('the local key ring', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-key-ring-'));
  folders.push(folder);
  return openKeyRing(join(folder, 'ring.json'));
});
