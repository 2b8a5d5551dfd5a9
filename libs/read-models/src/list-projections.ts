import type { Database } from '#postgres';
import { rebuildColumns, rebuildOf, type ProjectionRebuild, type RebuildRow } from './projection-rebuild';

export interface ListedProjection {
  readonly name: string;
  /** Of the code that made the rows readers see; null: nothing has filled them yet. */
  readonly version: number | null;
  /** Of the rows that are kept beside them, for a roll-back; null: none are. */
  readonly keptVersion: number | null;
  /** The one that was asked for last. */
  readonly rebuild: ProjectionRebuild | null;
}

/** By name. */
export async function listProjections(database: Database): Promise<readonly ListedProjection[]> {
  const [slots, rebuilds] = await Promise.all([
    database.query<Omit<ListedProjection, 'rebuild'>>(
      `select projection as name, case live when 'a' then version_a else version_b end as version,
              case live when 'a' then version_b else version_a end as "keptVersion"
         from read_models.projection_slots order by projection`,
    ),
    database.query<RebuildRow>(
      `select distinct on (projection) ${rebuildColumns} from read_models.projection_rebuilds order by projection, asked_at desc`,
    ),
  ]);
  const last = new Map(rebuilds.map((rebuild) => [rebuild.projection, rebuildOf(rebuild)]));
  return slots.map((slot) => ({ ...slot, rebuild: last.get(slot.name) ?? null }));
}
