import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore, RecordedEvent } from '#event-store';
import type { Checkpoint } from './checkpoint';

/** The stream whose first event names the log. */
const identityStream = 'log';

const askEachMs = 200;
const askForMs = 30_000;

/** Nobody has given the log an identity: the connection service does, when it first starts. */
export class LogIsNotOpened extends Error {
  override readonly name = 'LogIsNotOpened';
  constructor() {
    super(`the log has no identity yet: it is opened by the connection service's first start`);
  }
}

/** The checkpoint belongs to another log than the one that is followed. Nothing was written. */
export class LogIsAnother extends Error {
  override readonly name = 'LogIsAnother';
  constructor(name: string, difference: string) {
    super(
      `the checkpoint of ${name} belongs to another log: ${difference}. ` +
        `Point EVENT_STORE_URL back at the log that was followed so far, or rebuild the read models from this one.`,
    );
  }
}

/**
 * Who the log is. Waits half a minute for a log that is new.
 *
 * @throws LogIsNotOpened, the signal's reason, or the store's error
 */
export async function identityOf(
  store: EventStore,
  logIdOf: (opened: RecordedEvent) => string,
  { signal, onWaiting }: { signal: AbortSignal; onWaiting: () => void },
): Promise<string> {
  const deadline = performance.now() + askForMs;
  for (;;) {
    for await (const opened of store.readStream(identityStream, { maxCount: 1 })) return logIdOf(opened);
    if (performance.now() > deadline) throw new LogIsNotOpened();
    onWaiting();
    await pause(askEachMs, undefined, { signal });
  }
}

/**
 * A log may bear the right id and still have another past: it was restored from a backup, and ends earlier or went on differently. So the event
 * at the checkpoint is compared too. That it is not there says nothing, as the store may have deleted it; that nothing comes after it does.
 *
 * @throws LogIsAnother
 */
export async function refuseAnotherLog(store: EventStore, name: string, checkpoint: Checkpoint, logId: string): Promise<void> {
  const { position, eventId } = checkpoint;
  if (checkpoint.logId !== logId) throw new LogIsAnother(name, `it followed log ${checkpoint.logId}, this is log ${logId}`);
  if (eventId === null) return;
  for await (const event of store.readAll({ from: position, maxCount: 1 })) {
    if (event.position > position || event.id === eventId) return;
    throw new LogIsAnother(name, `at position ${String(position)} it saw event ${eventId}, here stands event ${event.id}`);
  }
  throw new LogIsAnother(name, `it saw event ${eventId} at position ${String(position)}, and this one ends before`);
}
