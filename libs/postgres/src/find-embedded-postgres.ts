import type { Secret } from '#secret';
import { dataIn } from './embedded-folder';
import { ownerUrlOf } from './embedded-owner';
import { readSettings } from './embedded-settings';
import { runningPostmaster } from './postmaster';

/**
 * The owner's URL of the embedded server that somebody runs with its data in `<folder>/data`, for a command beside it; null: none runs there.
 *
 * @throws FileIsNotPrivate
 */
export const findEmbeddedPostgres = async (folder: string): Promise<Secret | null> => {
  const settings = await readSettings(dataIn(folder));
  const running = settings && (await runningPostmaster(dataIn(folder)));
  return running && ownerUrlOf({ ...settings, port: running.port });
};
