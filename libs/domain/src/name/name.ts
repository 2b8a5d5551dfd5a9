import type { NameEvent } from '#events';
import type { Decider } from '../decider';
import { Refused } from '../refused';

export type NameCommand =
  | {
      readonly type: 'Reserve';
      readonly connectionId: string;
      readonly commandId: string;
      /** A reservation whose holder was found not to use the name, and that is too old to be about to be used. */
      readonly lost?: number;
    }
  /** A command that came to nothing takes its reservation back. One that others of the same connection rely on, too, stays. */
  | { readonly type: 'Withdraw'; readonly connectionId: string; readonly reservation: number }
  /** The holder needs the name no more. With `reservation`, one that it made since stays: it is about to use the name again. */
  | { readonly type: 'Release'; readonly connectionId: string; readonly reservation?: number };

/** Who holds a name: null when it is free. */
export interface Name {
  readonly holder: string | null;
  /** How often it was reserved so far: the number of the reservation that stands, if one does. */
  readonly reservation: number;
  /** The one that stands was made while the holder held the name already, so another command of its may be at it as well. */
  readonly renewed: boolean;
}

function decide(command: NameCommand, name: Name): readonly NameEvent[] {
  const { holder, reservation, renewed } = name;
  switch (command.type) {
    case 'Reserve':
      return reserve(command, name);
    case 'Withdraw':
      return holder === command.connectionId && reservation === command.reservation && !renewed ? [released(holder)] : [];
    case 'Release': {
      const isMeant = command.reservation === undefined || command.reservation === reservation;
      return holder === command.connectionId && isMeant ? [released(holder)] : [];
    }
  }
}

/**
 * Also the holder reserves it anew: whoever is about to end the reservation before, because a name was given up or a command came to nothing, finds
 * another one and lets it stand.
 */
function reserve(
  { connectionId, commandId, lost }: Extract<NameCommand, { type: 'Reserve' }>,
  { holder, reservation }: Name,
): readonly NameEvent[] {
  const reserved: NameEvent = { type: 'NameReserved', data: { connectionId, commandId } };
  if (holder === null || holder === connectionId) return [reserved];
  if (reservation === lost) return [released(holder), reserved];
  throw new Refused('NameIsTaken');
}

function released(connectionId: string): NameEvent {
  return { type: 'NameReleased', data: { connectionId } };
}

function evolve({ holder, reservation }: Name, { type, data }: NameEvent): Name {
  if (type === 'NameReleased') return { holder: null, reservation, renewed: false };
  return { holder: data.connectionId, reservation: reservation + 1, renewed: holder === data.connectionId };
}

/** One name in one workspace: whoever appends at the stream's exact revision first has it. */
export const name: Decider<Name, NameCommand, NameEvent> = { initial: { holder: null, reservation: 0, renewed: false }, decide, evolve };
