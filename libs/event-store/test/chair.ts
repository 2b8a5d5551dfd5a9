import { randomUUID } from 'node:crypto';
import type { EventContext, NameEvent } from '#events';
import type { Decider } from '../src/decider';
import type { SnapshotCodec } from '../src/snapshots';

export type Command = 'take' | 'leave' | 'refuse';
export interface Chair {
  readonly taken: boolean;
  readonly turns: number;
}

const sitter = randomUUID();

/** A chair that is taken and left; taking a taken one changes nothing. */
export const chair: Decider<Chair, Command, NameEvent, EventContext> = {
  initial: { taken: false, turns: 0 },
  decide(command, { taken }) {
    if (command === 'refuse') throw new Error('refused');
    if (command === 'take' ? taken : !taken) return [];
    return command === 'take'
      ? [{ type: 'NameReserved', data: { connectionId: sitter, commandId: sitter } }]
      : [{ type: 'NameReleased', data: { connectionId: sitter } }];
  },
  evolve: ({ turns }, { type }) => ({ taken: type === 'NameReserved', turns: turns + 1 }),
};

export const chairSnapshot: SnapshotCodec<Chair> = {
  schema: 'chair',
  parse(stored) {
    const { taken, turns } = stored as Chair;
    if (typeof taken !== 'boolean' || typeof turns !== 'number') throw new TypeError('this is no chair');
    return { taken, turns };
  },
};

export function context(): EventContext {
  return { commandId: randomUUID(), correlationId: 'c', causationId: 'c', workspaceId: null, actor: { kind: 'system', id: 'spec' } };
}
