import { rows, type Database } from '#postgres';
import { findRebuild } from './find-rebuild';
import { rebuildColumns, rebuildOf, type ProjectionRebuild, type RebuildRow } from './projection-rebuild';
import { RebuildIsRefused } from './rebuild-is-refused';

/**
 * Ends a rebuild: whoever works on it notices with the next batch. What readers see does not change.
 *
 * @throws RebuildIsRefused RebuildDoesNotExist, RebuildHasEnded
 */
export async function cancelRebuild(database: Database, projection: string, id: string): Promise<ProjectionRebuild> {
  const cancelled = await database.transaction((tx) =>
    rows<RebuildRow>(
      tx,
      `update read_models.projection_rebuilds set state = 'cancelled', ended_at = now()
        where projection = $1 and id = $2 and state in ('asked', 'running') returning ${rebuildColumns}`,
      [projection, id],
    ),
  );
  if (cancelled[0] !== undefined) return rebuildOf(cancelled[0]);
  await findRebuild(database, projection, id);
  throw new RebuildIsRefused('RebuildHasEnded');
}
