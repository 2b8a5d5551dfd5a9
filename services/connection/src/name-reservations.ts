import type { ConnectionStreams } from '#custody';
import { foldName, nameStreamId, Refused, type ExistingConnection, type NameCommand } from '#domain';
import { newCommandId } from '#event-store';
import { eventCodec, type EventContext } from '#events';
import { contextOf, type Commander } from './asker';
import type { NameStreams } from './streams';

/** A reservation that is not used by then never will be: its command has long ended. */
const lostAfterMs = 60 * 60_000;

/** A name that a connection holds, told apart from the times it held the same name before. */
export interface Reservation {
  readonly name: string;
  readonly connectionId: string;
  readonly reservation: number;
}

/**
 * Who holds which name. A name is reserved before the event that uses it and released after the one that gives it up, so two connections never
 * share one; a crash in between leaves a reservation that is lost after an hour.
 *
 * Commands of several processes may rename one connection to and fro at once. So each reserves anew what its connection does not bear, ends only a
 * reservation that it knows, and appends only to the connection as it knew it then: no command ever ends a reservation that another one relies on.
 */
export class NameReservations {
  constructor(
    private readonly names: NameStreams,
    private readonly connections: ConnectionStreams,
    private readonly clock: () => Date,
  ) {}

  /**
   * For a connection that does not bear the name yet. Holding it already is success, so repeating a command is.
   * @throws Refused NameIsTaken
   */
  async reserve(name: string, connectionId: string, commander: Commander): Promise<Reservation> {
    const { workspaceId, commandId } = commander;
    const stream = nameStreamId(workspaceId, name);
    const { state } = await this.names.execute(stream, contextFor(commander), async ({ state: { holder, reservation } }) => {
      const isLost = holder !== null && holder !== connectionId && (await this.#hasLost(holder, name, stream));
      return [{ type: 'Reserve', connectionId, commandId, ...(isLost && { lost: reservation }) }];
    });
    return { name, connectionId, reservation: state.reservation };
  }

  /** Reserves the first free one of `HTTP API`, `HTTP API 2`, `HTTP API 3`, …, and says which. */
  async reserveNumbered(base: string, connectionId: string, commander: Commander): Promise<Reservation> {
    for (let number = await this.#firstFree(base, connectionId, commander.workspaceId); ; number++) {
      const name = numbered(base, number);
      const reservation = await this.#reserved(name, connectionId, commander);
      if (reservation) return reservation;
    }
  }

  /** By which reservation a connection holds the name that it bears; null: it bears it without one. */
  async held(name: string, connectionId: string, { workspaceId }: Commander): Promise<Reservation | null> {
    const { holder, reservation } = (await this.names.load(nameStreamId(workspaceId, name))).state;
    return holder === connectionId ? { name, connectionId, reservation } : null;
  }

  /** Takes back what was reserved for an append that did not happen. */
  async withdraw({ name, ...reservation }: Reservation, commander: Commander): Promise<void> {
    await this.#execute(name, commander, { type: 'Withdraw', ...reservation });
  }

  /** Ends the reservation of a name that its connection gave up since. */
  async release({ name, ...reservation }: Reservation, commander: Commander): Promise<void> {
    await this.#execute(name, commander, { type: 'Release', ...reservation });
  }

  /**
   * For a command that was run before, and may have died before it could release: ends the reservation of a name that its connection gave up with the
   * event at the position. One that was made since stays.
   */
  async releaseGivenUp(
    { name, connectionId, at }: { readonly name: string; readonly connectionId: string; readonly at: bigint },
    commander: Commander,
  ): Promise<void> {
    const held = await this.held(name, connectionId, commander);
    if (held === null) return;
    const stream = nameStreamId(commander.workspaceId, name);
    for await (const { position } of this.names.history(stream, { direction: 'backwards', maxCount: 1 })) {
      if (position < at) await this.release(held, commander);
    }
  }

  /** Ends whatever reservation of the name a removed connection has: it never bears a name again. */
  async releaseRemoved(name: string, connectionId: string, commander: Commander): Promise<void> {
    await this.#execute(name, commander, { type: 'Release', connectionId });
  }

  async #execute(name: string, commander: Commander, command: NameCommand): Promise<void> {
    await this.names.execute(nameStreamId(commander.workspaceId, name), contextFor(commander), () => [command]);
  }

  async #reserved(name: string, connectionId: string, commander: Commander): Promise<Reservation | null> {
    try {
      return await this.reserve(name, connectionId, commander);
    } catch (error) {
      if (error instanceof Refused && error.reason === 'NameIsTaken') return null;
      throw error;
    }
  }

  /** Doubles until a name is free, then halves: a workspace with a thousand unnamed connections is asked about twenty names. */
  async #firstFree(base: string, connectionId: string, workspaceId: string): Promise<number> {
    const isTaken = async (number: number): Promise<boolean> => {
      const { state } = await this.names.load(nameStreamId(workspaceId, numbered(base, number)));
      return state.holder !== null && state.holder !== connectionId; // one that a repeated command has reserved before is free for it
    };
    let taken = 0;
    let free = 1;
    while (await isTaken(free)) [taken, free] = [free, free * 2];
    while (free - taken > 1) {
      const middle = Math.floor((taken + free) / 2);
      if (await isTaken(middle)) taken = middle;
      else free = middle;
    }
    return free;
  }

  /** A holder that had its hour and whose stream does not use the name. */
  async #hasLost(holder: string, name: string, stream: string): Promise<boolean> {
    for await (const { metadata } of this.names.history(stream, { direction: 'backwards', maxCount: 1 })) {
      const reservedAt = Date.parse(eventCodec.metadata(metadata).occurredAt);
      if (this.clock().getTime() - reservedAt < lostAfterMs) return false;
    }
    const { state } = await this.connections.load(holder);
    return state.status === 'unknown' || state.removed || !bears(state, name);
  }
}

/** Whether it is the connection's name, whatever the case. */
export function bears(connection: ExistingConnection, name: string): boolean {
  return foldName(connection.name) === foldName(name);
}

/**
 * One command may reserve a name, give it back and, repeated, reserve it again: a reservation is told apart by its number, not by the command. So each
 * step is a command of its own, caused by the one that was asked for.
 */
function contextFor(commander: Commander): EventContext {
  return { ...contextOf(commander), commandId: newCommandId(), causationId: commander.commandId };
}

function numbered(base: string, number: number): string {
  return number === 1 ? base : `${base} ${number}`;
}
