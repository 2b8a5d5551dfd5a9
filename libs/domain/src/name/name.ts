import type { NameEvent } from '#events';
import type { Decider } from '../decider';
import { Refused } from '../refused';

export type NameCommand =
  | {
      readonly type: 'Reserve';
      readonly connectionId: string;
      readonly commandId: string;
      /** A holder that was found not to use the name, and whose reservation is too old to be about to. */
      readonly lostBy?: string;
    }
  | { readonly type: 'Release'; readonly connectionId: string };

/** Who holds a name: null when it is free. */
export interface Name {
  readonly holder: string | null;
}

function decide(command: NameCommand, { holder }: Name): readonly NameEvent[] {
  switch (command.type) {
    case 'Reserve':
      return reserve(command, holder);
    case 'Release':
      return holder === command.connectionId ? [released(holder)] : [];
  }
}

function reserve(
  { connectionId, commandId, lostBy }: Extract<NameCommand, { type: 'Reserve' }>,
  holder: string | null,
): readonly NameEvent[] {
  if (holder === connectionId) return [];
  const reserved: NameEvent = { type: 'NameReserved', data: { connectionId, commandId } };
  if (holder === null) return [reserved];
  if (holder === lostBy) return [released(holder), reserved];
  throw new Refused('NameIsTaken');
}

function released(connectionId: string): NameEvent {
  return { type: 'NameReleased', data: { connectionId } };
}

function evolve(_: Name, { type, data }: NameEvent): Name {
  return { holder: type === 'NameReserved' ? data.connectionId : null };
}

/** One name in one workspace: whoever appends at the stream's exact revision first has it. */
export const name: Decider<Name, NameCommand, NameEvent> = { initial: { holder: null }, decide, evolve };
