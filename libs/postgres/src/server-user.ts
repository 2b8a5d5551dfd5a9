import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { dirname, parse } from 'node:path';
import { EmbeddedPostgresCannotStart } from './embedded-postgres-cannot-start';

/** As whom the programs of the server run: PostgreSQL refuses to be root. */
export interface ServerUser {
  /** Who must own the data folder; null leaves it as it is. */
  readonly owner: number | null;
  /** Put before the program. Each of them execs what follows, so that the process id is the program's own. */
  readonly prefix: readonly string[];
  readonly ids: { readonly uid?: number; readonly gid?: number };
}

const nobody = 65534;
const initdbWithinMs = 60_000;

/**
 * As a plain user: oneself. As root: nobody, where nobody can reach every one of the paths; else root in a user namespace where it is
 * called nobody (user_namespaces(7)), for checkouts and data in folders closed to others, such as a 0700 home.
 *
 * @throws EmbeddedPostgresCannotStart
 */
export const serverUser = async (paths: readonly string[]): Promise<ServerUser> => {
  if (process.getuid?.() !== 0) return { owner: null, prefix: [], ids: {} };
  const closed = await firstClosed(paths);
  if (closed === null) return { owner: nobody, prefix: [], ids: { uid: nobody, gid: nobody } };
  const prefix = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`, '--'];
  if (works(prefix)) return { owner: 0, prefix, ids: {} };
  throw new EmbeddedPostgresCannotStart(
    `PostgreSQL does not run as root, and the user it would run as cannot enter ${closed}: ` +
      `start Patchbay as a plain user, or let others pass through that folder (chmod o+x).`,
  );
};

/** Runs a program to its end; answers what it complained about when it failed, null when it did not. */
export const runAs = (user: ServerUser, program: string, args: readonly string[]): Promise<string | null> =>
  new Promise((resolve) => {
    const [command = program, ...rest] = [...user.prefix, program, ...args];
    const settings = { ...user.ids, cwd: '/', env: environment(), timeout: initdbWithinMs };
    execFile(command, rest, settings, (error, _output, complaint) => resolve(error === null ? null : complaint.trim() || error.message));
  });

/**
 * Starts a program that goes on. It is asked to stop (SIGINT) when this process is killed, where `setpriv` exists: prctl(2),
 * PR_SET_PDEATHSIG, which a later change of user would clear, hence the order. Its own session, as Ctrl-C in a terminal reaches the whole
 * process group and the server must outlive the services that still write to it. `output` is a file descriptor.
 */
export const startAs = (user: ServerUser, program: string, args: readonly string[], output: number): ChildProcess => {
  const [command = program, ...rest] = [...user.prefix, ...dyingWithParent(), program, ...args];
  return spawn(command, rest, { ...user.ids, cwd: '/', env: environment(), stdio: ['ignore', output, output], detached: true });
};

const dyingWithParent = (): readonly string[] => {
  const prefix = ['setpriv', '--pdeathsig=INT', '--'];
  return works(prefix) ? prefix : [];
};

const works = ([program = '', ...args]: readonly string[]): boolean =>
  spawnSync(program, [...args, 'true'], { stdio: 'ignore', timeout: 3_000 }).status === 0;

// This process's own environment may hold secrets.
const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  ...(process.platform === 'win32' && { SystemRoot: process.env['SystemRoot'], TEMP: process.env['TEMP'] }),
  LC_ALL: 'C',
  TZ: 'UTC',
});

const firstClosed = async (paths: readonly string[]): Promise<string | null> => {
  for (const path of paths) {
    for (let folder = await realpath(path); ; folder = dirname(folder)) {
      const { mode, uid } = await stat(folder);
      if ((mode & (uid === nobody ? 0o100 : 0o001)) === 0) return folder;
      if (folder === parse(folder).root) break;
    }
  }
  return null;
};
