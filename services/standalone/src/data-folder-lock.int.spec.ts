import { CannotStart } from '#runtime';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolderLock } from './data-folder-lock';

describe('the lock of a data folder', () => {
  let folder: string;
  const path = () => join(folder, 'standalone.lock');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('lets one in, names its process to the next, and lets that one in when it is released', async () => {
    const first = await DataFolderLock.acquire(folder);
    await expect(DataFolderLock.acquire(folder)).rejects.toThrow(
      new CannotStart(
        `Another Patchbay (process ${process.pid}) uses the folder ${folder}: stop it, or name another folder in PATCHBAY_DATA.`,
      ),
    );
    await first.release();
    await (await DataFolderLock.acquire(folder)).release();
  });

  it('of many at once lets in one', async () => {
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => DataFolderLock.acquire(folder)));
    const held = all.filter((one) => one.status === 'fulfilled');
    expect(held).toHaveLength(1);
    await Promise.all(held.map(({ value }) => value.release()));
  });

  it('is waited for when its holder is stopping', async () => {
    const first = await DataFolderLock.acquire(folder);
    first.stopping();
    const second = DataFolderLock.acquire(folder);
    setTimeout(() => void first.release(), 3_000); // longer than a holder is waited for that does not say that it stops
    await (await second).release();
  });

  it.each([
    ['whose port nobody listens on', () => Promise.resolve(1)],
    ['whose port is somebody else’s by now', strangersPort],
  ])('left by a killed run %s is taken over', async (_, port) => {
    await writeFile(path(), JSON.stringify({ pid: process.pid, port: await port(), token: 'killed' }));
    const lock = await DataFolderLock.acquire(folder);
    expect(await readFile(path(), 'utf8')).not.toContain('killed');
    await lock.release();
  });

  it.each(['', '{"pid": 1'])('that holds %j, as its writer was killed, is taken over', async (text) => {
    await writeFile(path(), text);
    await (await DataFolderLock.acquire(folder)).release();
  });

  it('does not take away the lock of somebody else when it is released', async () => {
    const lock = await DataFolderLock.acquire(folder);
    const other = JSON.stringify({ pid: 1, port: 1, token: 'other' });
    await writeFile(path(), other);
    await lock.release();
    expect(await readFile(path(), 'utf8')).toBe(other);
  });

  const strangers: ReturnType<typeof createServer>[] = [];
  afterAll(() => strangers.forEach((server) => server.close()));

  async function strangersPort(): Promise<number> {
    const server = createServer((socket) => socket.end('220 mail.example ESMTP')).listen(0, '127.0.0.1');
    strangers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
});
