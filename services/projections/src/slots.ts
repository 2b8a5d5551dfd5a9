import { rows, type Transaction } from '#postgres';
import type { Projection } from './projection';

/** Each projection has two tables, so that one can be filled anew while the other is read. */
export type Slot = 'a' | 'b';

/** Which slot of a projection is written. */
export type SlotOf = (projection: Projection) => Slot;

/** What the live tables hold was made by another version of the projection's code. Nothing was written. */
export class ProjectionVersionDiffers extends Error {
  override readonly name = 'ProjectionVersionDiffers';
  constructor(projection: string, stored: number, own: number) {
    super(`the rows of ${projection} were made by version ${stored} of the projection and this release has version ${own}: rebuild them`);
  }
}

/** The slots that readers see. Read in the transaction that writes, after it has moved the checkpoint: a rebuild switches behind the same row. */
export async function liveSlots(tx: Transaction): Promise<SlotOf> {
  const live = new Map((await pointers(tx)).map((pointer) => [pointer.projection, pointer.live]));
  return ({ name }) => {
    const slot = live.get(name);
    if (slot === undefined) throw new Error(`${name} has no row in projection_slots`);
    return slot;
  };
}

/**
 * Writes down which version fills the live tables, where nothing has yet: such a table is filled from the beginning of the log, and the rows
 * of the others know what they have seen. Answers where to read on.
 *
 * @throws ProjectionVersionDiffers
 */
export async function claimLiveTables(tx: Transaction, projections: readonly Projection[]): Promise<'checkpoint' | 'beginning'> {
  const unclaimed = new Set((await pointers(tx)).filter(({ version }) => version === null).map(({ projection }) => projection));
  for (const { name, version } of projections) {
    await rows(
      tx,
      `update read_models.projection_slots
          set version_a = case when live = 'a' then coalesce(version_a, $2) else version_a end,
              version_b = case when live = 'b' then coalesce(version_b, $2) else version_b end
        where projection = $1`,
      [name, version],
    );
  }
  const stored = new Map((await pointers(tx)).map((pointer) => [pointer.projection, pointer.version]));
  for (const { name, version } of projections) {
    const found = stored.get(name);
    if (found !== version) throw new ProjectionVersionDiffers(name, found ?? 0, version);
  }
  return projections.some(({ name }) => unclaimed.has(name)) ? 'beginning' : 'checkpoint';
}

async function pointers(tx: Transaction): Promise<{ projection: string; live: Slot; version: number | null }[]> {
  return rows(
    tx,
    `select projection, live, case live when 'a' then version_a else version_b end as version from read_models.projection_slots`,
  );
}
