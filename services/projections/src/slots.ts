import { RunnerIsSuperseded } from '#follow';
import { rows, type Transaction } from '#postgres';
import type { Projection } from './projection';

/** Each projection has two tables, so that one can be filled anew while the other is read. */
export type Slot = 'a' | 'b';

/** Which slot of a projection is written. */
export type SlotOf = (projection: Projection) => Slot;

/** What the live tables hold was made by another version of the projection's code. Nothing was written. */
export class ProjectionVersionDiffers extends RunnerIsSuperseded {
  override readonly name = 'ProjectionVersionDiffers';
  constructor(projection: string, stored: number, own: number) {
    super(`the rows of ${projection} were made by version ${stored} of the projection and this release has version ${own}: rebuild them`);
  }
}

/**
 * The slots that readers see. Read in the transaction that writes, after it has moved the checkpoint: a rebuild switches behind the same row,
 * perhaps to what another release makes, and then this one writes no more.
 *
 * @throws ProjectionVersionDiffers
 */
export async function liveSlots(tx: Transaction): Promise<SlotOf> {
  const live = new Map((await pointers(tx)).map((pointer) => [pointer.projection, pointer]));
  return ({ name, version }) => {
    const pointer = live.get(name);
    if (pointer === undefined) throw new Error(`${name} has no row in projection_slots`);
    if (pointer.version !== null && pointer.version !== version) throw new ProjectionVersionDiffers(name, pointer.version, version);
    return pointer.live;
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

/** The slot that readers do not see, and which version made what is kept there; null: nothing whole is. */
export async function spareSlot(tx: Transaction, { name }: Projection): Promise<{ readonly slot: Slot; readonly version: number | null }> {
  const pointer = (await pointers(tx)).find(({ projection }) => projection === name);
  if (pointer === undefined) throw new Error(`${name} has no row in projection_slots`);
  return { slot: pointer.live === 'a' ? 'b' : 'a', version: pointer.keptVersion };
}

/**
 * Empties the slot that readers do not see. Every reader of the view waits while the table is being emptied, and emptying waits for every
 * reader: so it is given up after a moment (PostgreSQL's 55P03), for the caller to try again.
 */
export async function emptySpareSlot(tx: Transaction, { name, table }: Projection, slot: Slot): Promise<void> {
  await rows(tx, `set local lock_timeout = '${lockTimeoutMs}ms'`);
  await rows(tx, `truncate read_models.${table}_${slot}`);
  await rows(tx, `set local lock_timeout = 0`);
  await rows(tx, `update read_models.projection_slots set version_${slot} = null where projection = $1`, [name]);
}

const lockTimeoutMs = 50;

/** From the commit on, readers see this slot. What they saw before is kept, unless it misses something. */
export async function showSlot(
  tx: Transaction,
  { name, version }: Projection,
  slot: Slot,
  { keepsOther }: { keepsOther: boolean },
): Promise<void> {
  const other = slot === 'a' ? 'b' : 'a';
  await rows(
    tx,
    `update read_models.projection_slots
        set live = $2, version_${slot} = $3, version_${other} = case when $4 then version_${other} end where projection = $1`,
    [name, slot, version, keepsOther],
  );
}

interface Pointer {
  readonly projection: string;
  readonly live: Slot;
  readonly version: number | null;
  readonly keptVersion: number | null;
}

function pointers(tx: Transaction): Promise<Pointer[]> {
  return rows(
    tx,
    `select projection, live, case live when 'a' then version_a else version_b end as version,
            case live when 'a' then version_b else version_a end as "keptVersion"
       from read_models.projection_slots`,
  );
}
