import type { LogMessage, Position, RecordedEvent } from '#event-store';

/** What was waiting when the last batch was done. */
export interface Batch {
  /** In the order of the log. */
  readonly events: readonly RecordedEvent[];
  /** Everything up to here has been seen, also what the subscription left out; null when only `caughtUp` was said. */
  readonly position: Position | null;
  /** Somewhere in this batch the end of the log was reached. */
  readonly caughtUp: boolean;
}

/**
 * Reads ahead while a batch is being written, so that the next one holds all that came meanwhile, `size` messages at most: few and small
 * batches when little happens, large ones while catching up. No more than twice `size` messages are held; then reading waits.
 */
export async function* batchesOf(messages: AsyncIterable<LogMessage>, size: number): AsyncGenerator<Batch> {
  const waiting: LogMessage[] = [];
  const arrived = new Bell();
  const taken = new Bell();
  const state = { reading: true, wanted: true };
  const read = async (): Promise<void> => {
    for await (const message of messages) {
      waiting.push(message);
      arrived.ring();
      while (waiting.length >= size && state.wanted) await taken.rung();
      if (!state.wanted) return;
    }
  };
  const reader = read().finally(() => {
    state.reading = false;
    arrived.ring();
  });
  reader.catch(() => undefined); // rethrown below, once what came before the failure is handed out
  try {
    for (;;) {
      while (waiting.length === 0 && state.reading) await arrived.rung();
      if (waiting.length === 0) break;
      const batch = batchOf(waiting.splice(0, size));
      taken.ring();
      yield batch;
    }
    await reader;
  } finally {
    state.wanted = false;
    taken.ring();
  }
}

function batchOf(messages: readonly LogMessage[]): Batch {
  const last = messages.findLast((message) => message.kind !== 'caught-up');
  return {
    events: messages.flatMap((message) => (message.kind === 'event' ? [message.event] : [])),
    position: last === undefined ? null : last.kind === 'event' ? last.event.position : last.position,
    caughtUp: messages.some(({ kind }) => kind === 'caught-up'),
  };
}

/** Wakes whoever waits; rung while nobody does, it wakes the next one. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async rung(): Promise<void> {
    if (!this.#rung) await new Promise<void>((wake) => (this.#wake = wake));
    this.#rung = false;
    this.#wake = undefined;
  }
}
