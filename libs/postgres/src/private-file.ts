import { randomUUID } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file of secrets that others than its owner may read. */
export class FileIsNotPrivate extends Error {
  override readonly name = 'FileIsNotPrivate';
}

/**
 * The JSON of a file that only its owner may read, or null when there is none.
 *
 * @throws FileIsNotPrivate when its mode admits a group or others
 */
export const readPrivateJson = async (path: string): Promise<unknown> => {
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new FileIsNotPrivate(`${path} holds passwords and must be readable by its owner only: run chmod 600 on it.`);
    }
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

/** Writes the file whole, mode 0600: a crash leaves the old one or the new one, never half of it. */
export const writePrivateJson = async (path: string, value: unknown): Promise<void> => {
  const draft = join(dirname(path), `.${randomUUID()}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
};
