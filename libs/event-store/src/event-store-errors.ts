import type { ExpectedRevision } from './event-store';

/** Somebody else appended first: load again and decide again. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    /** The revision of the stream's last event; null where the stream does not exist. */
    readonly actual: number | null,
  ) {
    super(`${stream} was expected at ${String(expected)} and is at ${actual === null ? 'no-stream' : String(actual)}`);
  }
}

/** The log cannot be reached, or does not answer in time. Nothing was stored by this call. */
export class LogIsUnavailable extends Error {
  override readonly name = 'LogIsUnavailable';
}

/** The log's access lists do not let the user in its URL append to the stream. Nothing was stored, and trying again changes nothing. */
export class AppendIsDenied extends LogIsUnavailable {
  constructor(stream: string, options?: ErrorOptions) {
    super(`the log does not let its user append to ${stream}: see the access list of the stream`, options);
  }
}

/** Retries with the same event ids ended without an answer: the events may be stored. Sending the command again finds out. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  constructor(
    readonly stream: string,
    options?: ErrorOptions,
  ) {
    super(`whether the append to ${stream} was stored is not known`, options);
  }
}

/** One append may carry 1 MiB; the limit counts data, metadata and twice the length of the type. */
export class AppendIsTooLarge extends Error {
  override readonly name = 'AppendIsTooLarge';
  constructor(
    readonly stream: string,
    readonly maxBytes: number,
  ) {
    super(`an append to ${stream} is larger than ${maxBytes} bytes`);
  }
}

/** A command lost every race for its stream. Nothing was stored by it; the caller may look at the stream as it is now and ask again. */
export class StreamChangedMeanwhile extends Error {
  override readonly name = 'StreamChangedMeanwhile';
  constructor(
    readonly stream: string,
    /** The revision of the stream's last event; null where the stream does not exist. */
    readonly revision: number | null,
  ) {
    super(`${stream} changed meanwhile and is at ${revision === null ? 'no-stream' : String(revision)}`);
  }
}
