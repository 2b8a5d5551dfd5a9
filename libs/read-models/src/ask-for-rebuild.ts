import { randomUUID } from 'node:crypto';
import { rows, type Database, type Transaction } from '#postgres';
import { rebuildColumns, rebuildOf, type ProjectionRebuild, type RebuildKind, type RebuildRow } from './projection-rebuild';
import { RebuildIsRefused } from './rebuild-is-refused';

export interface AskedRebuild {
  readonly projection: string;
  readonly kind: RebuildKind;
  /** Which version of the projection makes the rows; the one that is shown unless told. A roll-back knows its own. */
  readonly version?: number | undefined;
  /** An opaque id. */
  readonly askedBy: string;
  /** Of the rebuild, for whoever may ask for the same one again; a new one unless told. */
  readonly id?: string;
}

/**
 * Writes down that a rebuild is wanted: a process of the projections that has the version takes it up, now or when one is there.
 *
 * @throws RebuildIsRefused ProjectionDoesNotExist, ProjectionIsBeingRebuilt, NoEarlierTablesAreKept
 */
export async function askForRebuild(
  database: Database,
  { projection, kind, version, askedBy, id = randomUUID() }: AskedRebuild,
): Promise<ProjectionRebuild> {
  return database.transaction(async (tx) => {
    const [known] = await rows<RebuildRow>(tx, `select ${rebuildColumns} from read_models.projection_rebuilds where id = $1`, [id]);
    if (known) return rebuildOf(known);
    const { shown, kept } = await versionsOf(tx, projection);
    const wanted = kind === 'roll-back' ? kept : (version ?? shown);
    if (wanted === null) throw new RebuildIsRefused(kind === 'roll-back' ? 'NoEarlierTablesAreKept' : 'ProjectionDoesNotExist');
    const [asked] = await rows<RebuildRow>(
      tx,
      `insert into read_models.projection_rebuilds (id, projection, kind, version, asked_by) values ($1, $2, $3, $4, $5)
       on conflict (projection) where state in ('asked', 'running') do nothing returning ${rebuildColumns}`,
      [id, projection, kind, wanted, askedBy],
    );
    if (asked === undefined) throw new RebuildIsRefused('ProjectionIsBeingRebuilt');
    return rebuildOf(asked);
  });
}

async function versionsOf(tx: Transaction, projection: string): Promise<{ shown: number | null; kept: number | null }> {
  const [found] = await rows<{ shown: number | null; kept: number | null }>(
    tx,
    `select case live when 'a' then version_a else version_b end as shown, case live when 'a' then version_b else version_a end as kept
       from read_models.projection_slots where projection = $1`,
    [projection],
  );
  if (found === undefined) throw new RebuildIsRefused('ProjectionDoesNotExist');
  return found;
}
