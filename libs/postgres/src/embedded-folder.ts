import { spawn } from 'node:child_process';
import { access, chown, constants, lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secret } from '#secret';
import type { ServerUser } from './server-user';

/** The folder cannot hold a database, or PostgreSQL would not make one there. */
export class EmbeddedFolderIsUnfit extends Error {
  override readonly name = 'EmbeddedFolderIsUnfit';
}

/** The data folder of the server, inside the launcher's folder. */
export const dataIn = (folder: string): string => join(folder, 'data');

/** Makes the folder: others may pass through it when it is root's, as the server then runs as another user, but may not list it. */
export const prepareFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new EmbeddedFolderIsUnfit(`The folder ${folder} cannot be written: choose another, or let this user write to it.`, { cause });
  }
};

export const isInitialised = (folder: string): Promise<boolean> =>
  access(join(dataIn(folder), 'PG_VERSION')).then(
    () => true,
    () => false,
  );

/**
 * Makes the data folder under another name and gives it its own when it is whole, so that an interrupted first start leaves nothing that
 * looks like a database. UTF-8 with the built-in C.UTF-8 rules: the same order and the same `lower` on every machine.
 */
export const initialise = async (
  folder: string,
  { native, user, password }: { native: string; user: ServerUser; password: Secret },
): Promise<void> => {
  const draft = join(folder, 'data.new');
  const passwordFile = join(folder, 'superuser-password.new');
  await rm(draft, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await mkdir(draft, { mode: 0o700 });
  try {
    await writeFile(passwordFile, password.reveal(), { mode: 0o600, flag: 'wx' });
    for (const path of [draft, passwordFile]) await giveTo(user, path);
    await run(user, join(native, 'bin', 'initdb'), [
      `--pgdata=${draft}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ]);
    await rename(draft, dataIn(folder));
  } finally {
    await rm(passwordFile, { force: true });
  }
};

/** Hands the data to the user the server runs as this time; a start may run it as another than the last did (`serverUser`). */
export const handOver = async (folder: string, user: ServerUser): Promise<void> => {
  const data = dataIn(folder);
  if (user.owner === null || (await lstat(data)).uid === user.owner) return;
  const entries = await readdir(data, { recursive: true });
  for (const entry of entries) await giveTo(user, join(data, entry));
  await giveTo(user, data); // last: it is what the next start looks at
};

const giveTo = async ({ owner }: ServerUser, path: string): Promise<void> => {
  if (owner !== null) await chown(path, owner, owner);
};

/** What a program of the server gets to see of this process's environment, which may hold secrets: next to nothing. */
export const serverEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  ...(process.platform === 'win32' && { SystemRoot: process.env['SystemRoot'], TEMP: process.env['TEMP'] }),
  LC_ALL: 'C',
  TZ: 'UTC',
});

const run = (user: ServerUser, program: string, args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const [command = program, ...rest] = [...user.prefix, program, ...args];
    const child = spawn(command, rest, {
      ...user.spawn,
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 60_000,
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new EmbeddedFolderIsUnfit(`PostgreSQL could not create its files: ${complaint.trim() || `initdb ended with ${String(code)}`}`),
        );
    });
  });
