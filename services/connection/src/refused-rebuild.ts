import { Refused } from '#domain';
import { isUnavailable } from '#postgres';
import { RebuildIsRefused } from '#read-models';

/** What keeps a rebuild from being asked for or cancelled, as every edge knows it. */
export function refusedRebuild(error: unknown): never {
  if (error instanceof RebuildIsRefused) throw new Refused(error.reason);
  if (isUnavailable(error)) throw Object.assign(new Refused('ReadModelIsBehind'), { cause: error });
  throw error;
}
