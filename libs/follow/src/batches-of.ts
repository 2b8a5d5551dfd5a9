import { setImmediate as whatArrived } from 'node:timers/promises';
import type { LogMessage, Position, RecordedEvent } from '#event-store';

/** What was waiting when the last batch was done; empty when nothing came for a while. */
export interface Batch {
  /** In the order of the log. */
  readonly events: readonly RecordedEvent[];
  /** Everything up to here has been seen, also what the subscription left out; null when nothing was said of it. */
  readonly position: Position | null;
  /** Somewhere in this batch the end of the log was reached. */
  readonly caughtUp: boolean;
}

interface Options {
  /** Messages in a batch, at most. */
  readonly size: number;
  /** After so long without a message an empty batch is handed out, so that whoever takes them comes to look at other things. */
  readonly quietMs: number;
}

/**
 * Reads ahead while a batch is being written, so that the next one holds all that came meanwhile: few and small batches when little happens,
 * large ones while catching up. No more than twice `size` messages are held; then reading waits.
 *
 * The events of one append stand together in the log, and a batch does not end between them: what arrived with them is read first, and a full
 * batch keeps the events of its last stream for the next one. Only an append that the network delivers in two pieces may still be seen in two.
 */
export async function* batchesOf(messages: AsyncIterable<LogMessage>, { size, quietMs }: Options): AsyncGenerator<Batch> {
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
      if (waiting.length === 0 && state.reading) await arrived.rung(quietMs);
      await whatArrived();
      if (waiting.length === 0 && !state.reading) break;
      const batch = batchOf(waiting.splice(0, lengthOf(waiting, size)));
      taken.ring();
      yield batch;
    }
    await reader;
  } finally {
    state.wanted = false;
    taken.ring();
  }
}

/** Without the events of the last stream where the batch is full, as more of their append may follow; with them where there are no others. */
function lengthOf(waiting: readonly LogMessage[], size: number): number {
  if (waiting.length < size) return waiting.length;
  const last = streamOf(waiting[size - 1]);
  const whole = waiting.slice(0, size).findLastIndex((message) => streamOf(message) !== last);
  return last === undefined || whole === -1 ? size : whole + 1;
}

function streamOf(message: LogMessage | undefined): string | undefined {
  return message?.kind === 'event' ? message.event.stream : undefined;
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

  /** Resolves when it rings, or when it was silent for so long. */
  async rung(atMostMs?: number): Promise<void> {
    if (!this.#rung) {
      let silence: NodeJS.Timeout | undefined;
      await new Promise<void>((wake) => {
        this.#wake = wake;
        if (atMostMs !== undefined) silence = setTimeout(wake, atMostMs);
      });
      clearTimeout(silence);
    }
    this.#rung = false;
    this.#wake = undefined;
  }
}
