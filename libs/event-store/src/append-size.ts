import { AppendIsTooLarge } from './event-store-errors';

/** What EventStoreDB takes in one append unless configured otherwise (`MaxAppendSize`): 1 MiB. */
export const maxAppendBytes = 1024 * 1024;

/** An event about to be stored, as the JSON texts that will be stored. */
export interface EventTexts {
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** Counts as the server counts: the bytes of data and metadata, and two for each character of the type. Throws `AppendIsTooLarge`. */
export function assertFits(stream: string, events: readonly EventTexts[]): void {
  const bytes = events.reduce(
    (sum, { type, data, metadata }) => sum + Buffer.byteLength(data) + Buffer.byteLength(metadata) + 2 * type.length,
    0,
  );
  if (bytes > maxAppendBytes) throw new AppendIsTooLarge(stream, maxAppendBytes);
}
