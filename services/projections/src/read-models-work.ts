import type { Work } from '#follow';
import type { Transaction } from '#postgres';
import type { Projection } from './projection';
import { ProjectionTable } from './projection-table';
import { projections } from './projections';
import { readEvent, type ReadEvent } from './read-event';
import { markRows, runProjection } from './run-projection';
import type { Slot, SlotOf } from './slots';

/** What a follower does with the log: every projection unless told which, into the slots that `slotsIn` names. */
export function readModelsWork(
  slotsIn: (tx: Transaction) => Promise<SlotOf>,
  followed: readonly Projection[] = projections,
): Work<ReadEvent> {
  const known = new Map<string, ProjectionTable>(); // a release knows its tables: they change by migrations, before it starts
  const tableOf = async (tx: Transaction, projection: Projection, slot: Slot): Promise<ProjectionTable> => {
    const name = `${projection.table}_${slot}`;
    const table = known.get(name) ?? (await ProjectionTable.of(tx, projection, slot));
    known.set(name, table);
    return table;
  };
  return {
    decode: readEvent,
    apply: async (tx, events) => {
      const slotOf = await slotsIn(tx);
      for (const projection of followed) {
        await runProjection(tx, projection, await tableOf(tx, projection, slotOf(projection)), events);
      }
    },
    mark: async (tx, streams, as) => {
      const slotOf = await slotsIn(tx);
      for (const projection of followed) await markRows(tx, projection, slotOf(projection), streams, as);
    },
  };
}
