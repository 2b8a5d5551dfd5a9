import type { ExpectedVersion, ProposedEvent } from './log-event';

/** Events that are stored together, one after the other in one stream, or not at all. */
export interface Append {
  readonly stream: string;
  readonly expected: ExpectedVersion;
  readonly events: readonly ProposedEvent[];
  /** Milliseconds since the epoch; an append that was not begun by then is not begun. `Infinity`: whenever. */
  readonly deadline: number;
}

/** The limit of one append in bytes, as EventStoreDB's default has it: data, metadata, and the type in UTF-16. */
export const maxAppendBytes = 1024 * 1024;

export const bytesOf = (event: ProposedEvent): number => event.data.length + event.metadata.length + 2 * event.type.length;
