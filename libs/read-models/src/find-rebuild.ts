import type { Database } from '#postgres';
import { rebuildColumns, rebuildOf, type ProjectionRebuild, type RebuildRow } from './projection-rebuild';
import { RebuildIsRefused } from './rebuild-is-refused';

/** @throws RebuildIsRefused RebuildDoesNotExist */
export async function findRebuild(database: Database, projection: string, id: string): Promise<ProjectionRebuild> {
  const [found] = await database.query<RebuildRow>(
    `select ${rebuildColumns} from read_models.projection_rebuilds where projection = $1 and id = $2`,
    [projection, id],
  );
  if (found === undefined) throw new RebuildIsRefused('RebuildDoesNotExist');
  return rebuildOf(found);
}
