import type { ConnectionStreams } from '#custody';
import { foldName, nameStreamId, Refused, type Connection } from '#domain';
import { newCommandId } from '#event-store';
import { eventCodec, type EventContext } from '#events';
import { contextOf, type Commander } from './asker';
import type { NameStreams } from './streams';

/** A reservation that is not used by then never will be: its command has long ended. */
const lostAfterMs = 60 * 60_000;

/**
 * Who holds which name. A name is reserved before the event that uses it and released after the one that gives it up, so two connections never
 * share one; a crash in between leaves a reservation that is lost after an hour.
 */
export class NameReservations {
  constructor(
    private readonly names: NameStreams,
    private readonly connections: ConnectionStreams,
    private readonly clock: () => Date,
  ) {}

  /**
   * Holding it already is success, so repeating a command is.
   * @throws Refused NameIsTaken
   */
  async reserve(name: string, connectionId: string, commander: Commander): Promise<void> {
    const { workspaceId, commandId } = commander;
    const stream = nameStreamId(workspaceId, name);
    await this.names.execute(stream, contextFor(commander), async ({ state: { holder } }) => {
      const lost = holder !== null && holder !== connectionId && (await this.#hasLost(holder, name, stream));
      return [{ type: 'Reserve', connectionId, commandId, ...(lost && { lostBy: holder }) }];
    });
  }

  /** Reserves the first free one of `HTTP API`, `HTTP API 2`, `HTTP API 3`, …, and says which. */
  async reserveNumbered(base: string, connectionId: string, commander: Commander): Promise<string> {
    for (let number = await this.#firstFree(base, connectionId, commander.workspaceId); ; number++) {
      const name = numbered(base, number);
      if (await this.#reserved(name, connectionId, commander)) return name;
    }
  }

  /**
   * Releases it, unless the connection bears it by now; where another connection holds it, nothing happens. In the connection's queue, so that no
   * rename back to this name takes it for reserved while it is being released.
   */
  async giveUp(name: string, connectionId: string, commander: Commander): Promise<void> {
    await this.connections.execute(connectionId, contextFor(commander), async ({ state }) => {
      if (!bears(state, name)) {
        await this.names.execute(nameStreamId(commander.workspaceId, name), contextFor(commander), () => [
          { type: 'Release', connectionId },
        ]);
      }
      return [];
    });
  }

  async #reserved(name: string, connectionId: string, commander: Commander): Promise<boolean> {
    try {
      await this.reserve(name, connectionId, commander);
      return true;
    } catch (error) {
      if (error instanceof Refused && error.reason === 'NameIsTaken') return false;
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
    return !bears(state, name);
  }
}

/** A connection that was removed bears no name. */
function bears(connection: Connection, name: string): boolean {
  return connection.status !== 'unknown' && !connection.removed && foldName(connection.name) === foldName(name);
}

/**
 * A reservation is told apart by its holder, not by the command: one command may reserve a name, give it back and, repeated, reserve it again.
 * So each step is a command of its own, caused by the one that was asked for.
 */
function contextFor(commander: Commander): EventContext {
  return { ...contextOf(commander), commandId: newCommandId(), causationId: commander.commandId };
}

function numbered(base: string, number: number): string {
  return number === 1 ? base : `${base} ${number}`;
}
