import { open } from 'node:fs/promises';
import { FileIsRefused } from './file-is-refused';

/** What a file holds that its owner alone may read. `what` is its part in a sentence: "the key of the certificate". */
export const readPrivateFile = async (path: string, what: string): Promise<string> => {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw unreadable(path, what, error);
  });
  try {
    // The open file is judged, not its path: the path may name another file a moment later.
    const permissions = (await file.stat()).mode & 0o777;
    if ((permissions & 0o077) !== 0 && process.platform !== 'win32') {
      throw new FileIsRefused(`${path}, ${what}, has mode 0${permissions.toString(8)} and is open to others: run chmod 600 ${path}`);
    }
    return await file.readFile('utf8').catch((error: unknown) => {
      throw unreadable(path, what, error);
    });
  } finally {
    await file.close();
  }
};

export const unreadable = (path: string, what: string, error: unknown): FileIsRefused =>
  new FileIsRefused(`${path}, ${what}, cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`, { cause: error });
