import type { KeyEvent } from '#events';
import type { Decider } from '../decider';

/** The vault changed a key and says so. */
export interface RecordKey {
  readonly type: 'RecordKey';
  readonly happened: KeyEvent;
}

/** How much is on record. */
export interface Keys {
  readonly events: number;
}

function decide({ happened }: RecordKey): readonly KeyEvent[] {
  return [happened];
}

function evolve({ events }: Keys): Keys {
  return { events: events + 1 };
}

/** What became of the keys: the vault has done it before it is told, so there is nothing to refuse. */
export const keys: Decider<Keys, RecordKey, KeyEvent> = { initial: { events: 0 }, decide, evolve };
