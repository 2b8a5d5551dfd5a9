import { CannotStart } from '#runtime';
import { access, constants, mkdir } from 'node:fs/promises';

/**
 * Makes the data folder. When it is root's, others may pass through it but not list it: the embedded PostgreSQL then runs as another user.
 *
 * @throws CannotStart
 */
export async function openDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CannotStart(
      `The folder ${folder} cannot be written (${String(code)}): let this user write to it, or name another in PATCHBAY_DATA.`,
      { cause },
    );
  }
}
