import { access, constants, lchown, lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresCannotStart } from './embedded-postgres-cannot-start';
import { newSettings, writeSettings } from './embedded-settings';
import { isAlive } from './postmaster';
import { runAs, type ServerUser } from './server-user';

/** The data folder of the server, inside the launcher's folder. */
export const dataIn = (folder: string): string => join(folder, 'data');

/** Makes the folder. When it is root's, others may pass through it, as the server then runs as another user, but not list it. */
export const prepareFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new EmbeddedPostgresCannotStart(`The folder ${folder} cannot be written: choose another, or let this user write to it.`, {
      cause,
    });
  }
};

export const isInitialised = async (folder: string): Promise<boolean> => isThere(join(dataIn(folder), 'PG_VERSION'));

/**
 * Makes the data folder under another name and gives it its own when it is whole: an interrupted first start leaves nothing that looks like
 * a database, and of two at once one wins. UTF-8 with the built-in C.UTF-8 rules: the same order and the same `lower` on every machine.
 *
 * @throws EmbeddedPostgresCannotStart
 */
export const initialise = async (folder: string, { native, user }: { native: string; user: ServerUser }): Promise<void> => {
  await removeDrafts(folder);
  const draft = join(folder, `data.new-${process.pid}`);
  const passwordFile = `${draft}.password`;
  const settings = await newSettings();
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, settings.superuserPassword.reveal(), { mode: 0o600, flag: 'wx' });
  for (const path of [draft, passwordFile]) await giveTo(user, path);
  const complaint = await runAs(user, join(native, 'bin', 'initdb'), [
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
  await rm(passwordFile);
  if (complaint !== null) throw new EmbeddedPostgresCannotStart(`PostgreSQL could not create its files in ${folder}: ${complaint}`);
  await writeSettings(draft, settings);
  try {
    await rename(draft, dataIn(folder));
  } catch (error) {
    if (!(await isInitialised(folder))) throw error;
    await rm(draft, { recursive: true });
  }
};

/** Hands the data to the user the server runs as this time; a start may run it as another than the last did (`serverUser`). */
export const handOver = async (folder: string, user: ServerUser): Promise<void> => {
  const data = dataIn(folder);
  if (user.owner === null || (await lstat(data)).uid === user.owner) return;
  for (const entry of await readdir(data, { recursive: true })) await giveTo(user, join(data, entry));
  await giveTo(user, data); // last: it is what the next start looks at
};

const giveTo = async ({ owner }: ServerUser, path: string): Promise<void> => {
  if (owner !== null) await lchown(path, owner, owner);
};

// What a first start left that was killed. A draft carries the process id of its maker.
const removeDrafts = async (folder: string): Promise<void> => {
  for (const entry of await readdir(folder)) {
    const maker = Number(/^data\.new-(\d+)/.exec(entry)?.[1]);
    if (maker === process.pid || (maker > 0 && !isAlive(maker))) await rm(join(folder, entry), { recursive: true });
  }
};

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
