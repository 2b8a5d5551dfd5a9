import { realpath, stat } from 'node:fs/promises';
import { dirname, parse } from 'node:path';
import { spawnSync, type SpawnOptions } from 'node:child_process';

/** How a program of the server is started: PostgreSQL refuses to run as root. */
export interface ServerUser {
  /** Who must own the data folder; null leaves it as it is. */
  readonly owner: number | null;
  /** Put before the program, e.g. `unshare --user …`. Each execs the next, so the process id is the program's own. */
  readonly prefix: readonly string[];
  readonly spawn: Pick<SpawnOptions, 'uid' | 'gid'>;
}

/** Neither way of running the server as somebody other than root is open. */
export class NobodyCannotReach extends Error {
  override readonly name = 'NobodyCannotReach';
}

const nobody = 65534;

/**
 * As a plain user: as oneself. As root: as nobody where nobody can reach every path; else as root in a user namespace that calls itself
 * nobody, for checkouts and data in folders closed to others, such as a 0700 home.
 *
 * @throws NobodyCannotReach
 */
export const serverUser = async (paths: readonly string[]): Promise<ServerUser> => {
  if (process.getuid?.() !== 0) return { owner: null, prefix: [], spawn: {} };
  const closed = await firstClosed(paths);
  if (closed === null) return { owner: nobody, prefix: [], spawn: { uid: nobody, gid: nobody } };
  const prefix = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`, '--'];
  if (works([...prefix, 'true'])) return { owner: 0, prefix, spawn: {} };
  throw new NobodyCannotReach(
    `PostgreSQL does not run as root, and the user it would run as cannot enter ${closed}: start Patchbay as a plain user, or let others enter that folder (chmod o+x).`,
  );
};

/** Puts `setpriv` in front where it exists, so that the server stops (fast) when the process that started it is killed. */
export const dyingWithParent = (): readonly string[] => {
  const prefix = ['setpriv', '--pdeathsig=INT', '--'];
  return works([...prefix, 'true']) ? prefix : [];
};

const works = ([program = '', ...args]: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore', timeout: 3_000 }).status === 0;

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
