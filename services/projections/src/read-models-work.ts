import type { Work } from '#follow';
import type { Transaction } from '#postgres';
import { projections } from './projections';
import { readEvent, type ReadEvent } from './read-event';
import { markStale, runProjection } from './run-projection';
import type { SlotOf } from './slots';

/** What a follower does with the log: every projection, into the slots that `slotsIn` names. */
export function readModelsWork(slotsIn: (tx: Transaction) => Promise<SlotOf>): Work<ReadEvent> {
  return {
    decode: readEvent,
    apply: async (tx, events) => {
      const slotOf = await slotsIn(tx);
      for (const projection of projections) await runProjection(tx, projection, slotOf(projection), events);
    },
    markStale: async (tx, streams) => {
      const slotOf = await slotsIn(tx);
      for (const projection of projections) await markStale(tx, projection, slotOf(projection), streams);
    },
  };
}
