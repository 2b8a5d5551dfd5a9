import type { ConnectionStreams } from '#custody';
import { Refused, type ChronicledConnection, type ConnectionCommand } from '#domain';
import { AppendIsTooLarge, LogIsUnavailable, StreamChangedMeanwhile, type Executed, type Loaded } from '#event-store';
import type { ConnectionEvent, EventContext } from '#events';

/** Undoes something that was done for an append. */
export type TakeBack = () => Promise<unknown>;

/**
 * Executes a command that does things outside the log first, such as sealing a secret or reserving a name. Each is taken back where the append
 * surely did not happen; where it may have happened, it stays: an event may name it.
 */
export async function executePrepared(
  connections: ConnectionStreams,
  id: string,
  context: EventContext,
  act: (loaded: Loaded<ChronicledConnection>, otherwise: (takeBack: TakeBack) => void) => Promise<readonly ConnectionCommand[]>,
): Promise<Executed<ChronicledConnection, ConnectionEvent>> {
  const takeBacks: TakeBack[] = [];
  let deciding = false as boolean; // set by a callback
  try {
    return await connections.execute(id, context, async (loaded) => {
      const commands = await act(loaded, (takeBack) => void takeBacks.push(takeBack));
      deciding = true;
      return commands;
    });
  } catch (error) {
    if (deciding && !isSurelyNotStored(error)) throw error;
    return takenBack(connections, id, context, error, takeBacks);
  }
}

/**
 * Nothing is taken back of a command that the stream holds: another process ran it meanwhile, with the same ids, and so it is done. What cannot be taken
 * back is swept later: a name after an hour, a secret with the other orphans.
 */
async function takenBack(
  connections: ConnectionStreams,
  id: string,
  context: EventContext,
  error: unknown,
  takeBacks: readonly TakeBack[],
): Promise<Executed<ChronicledConnection, ConnectionEvent>> {
  if (takeBacks.length === 0) throw error;
  const notDone = new NotDone();
  try {
    return await connections.execute(id, context, () => Promise.reject(notDone));
  } catch (found) {
    if (found === notDone) await Promise.allSettled(takeBacks.map((takeBack) => takeBack()));
    throw error;
  }
}

/** Says nothing to anybody but `takenBack`. */
class NotDone extends Error {
  override readonly name = 'NotDone';
}

function isSurelyNotStored(error: unknown): boolean {
  return (
    error instanceof Refused ||
    error instanceof StreamChangedMeanwhile ||
    error instanceof LogIsUnavailable ||
    error instanceof AppendIsTooLarge
  );
}
