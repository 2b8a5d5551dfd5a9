import { CannotStart } from '#runtime';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

const Holder = z.object({ pid: z.number().int(), port: z.number().int(), token: z.string() });
type Holder = z.infer<typeof Holder>;

/** A process that was told to stop, or whose parent was killed, is about to go; one that does not say so within this time stays. */
const noticeMs = 2_000;
const stopsWithinMs = 12_000;
const answersWithinMs = 1_000;

/**
 * Keeps two standalones out of one data folder. The lock is a file that names a loopback port, on which its holder answers with the file's
 * token: a number of a process that is gone may be another's by now, but nobody else knows the token, so a killed run's lock is never obeyed.
 */
export class DataFolderLock {
  #stopping = false;

  private constructor(
    private readonly path: string,
    private readonly token: string,
    private readonly server: Server,
  ) {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.end(`${token} ${this.#stopping ? 'stopping' : 'running'}`);
    });
  }

  /** @throws CannotStart, naming the process that holds the folder */
  static async acquire(folder: string): Promise<DataFolderLock> {
    const path = join(folder, 'standalone.lock');
    const server = createServer();
    server.unref().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const mine: Holder = { pid: process.pid, port: (server.address() as AddressInfo).port, token: randomUUID() };
    const lock = new DataFolderLock(path, mine.token, server);
    const began = performance.now();
    while (!(await write(path, mine))) {
      const holder = await read(path);
      const state = holder === null ? 'running' : await ask(holder); // null: somebody writes it this moment, or never finished
      const waited = performance.now() - began;
      if (state === 'gone' || (holder === null && waited > noticeMs)) await removeUnchanged(path, holder);
      else if (waited > (state === 'stopping' ? stopsWithinMs : noticeMs)) {
        server.close();
        throw new CannotStart(
          `Another Patchbay (process ${holder?.pid ?? 'unknown'}) uses the folder ${folder}: stop it, or name another folder in PATCHBAY_DATA.`,
        );
      } else await pause(100);
    }
    return lock;
  }

  /** Tells who comes next that it is worth to wait. */
  stopping(): void {
    this.#stopping = true;
  }

  async release(): Promise<void> {
    const holder = await read(this.path);
    if (holder?.token === this.token) await rm(this.path, { force: true });
    this.server.close();
  }
}

async function write(path: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function read(path: string): Promise<Holder | null> {
  try {
    return Holder.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Of two that find the same stale lock, the second must not remove the first one's new lock. */
async function removeUnchanged(path: string, found: Holder | null): Promise<void> {
  const now = await read(path);
  if (now?.token === found?.token) await rm(path, { force: true });
}

async function ask({ port, token }: Holder): Promise<'running' | 'stopping' | 'gone'> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  socket.setTimeout(answersWithinMs, () => socket.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })));
  try {
    await once(socket, 'close');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ETIMEDOUT') return 'running'; // too busy to answer
    return 'gone';
  }
  if (answer === `${token} stopping`) return 'stopping';
  return answer === `${token} running` ? 'running' : 'gone';
}
