/** A place in the whole log. Only ever compared; `0n` is before the first event. */
export type Position = bigint;

/** What a stream must look like for an append to be accepted. A number is the revision of its last event. */
export type ExpectedRevision = number | 'no-stream' | 'any';

/**
 * An event about to be stored. The id (a uuid, lower case) makes a retry after an unknown outcome safe: the store knows it again.
 * Data and metadata are what JSON can hold; readers get what parsing the stored text gives.
 */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
}

/** An event as it is stored, of whatever version: lifting is the codec's business. */
export interface RecordedEvent {
  readonly id: string;
  readonly stream: string;
  /** Counts from 0 in each stream. */
  readonly revision: number;
  readonly position: Position;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  readonly created: Date;
}

export interface AppendResult {
  /** The revision of the stream's last event, after the append. */
  readonly revision: number;
  readonly position: Position;
}

export interface ReadStreamOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** Inclusive. Default: the first event forwards, the last one backwards. */
  readonly from?: number;
  /** Default: all of them. */
  readonly maxCount?: number;
}

export interface ReadAllOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** Inclusive forwards, exclusive backwards. Default: the beginning forwards, the end backwards. */
  readonly from?: Position;
  readonly maxCount?: number;
}

/** What a subscription to the whole log says. `checkpoint` covers events the filter left out; `caught-up` comes at each transition to live. */
export type LogMessage =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'checkpoint'; readonly position: Position }
  | { readonly kind: 'caught-up' };

export interface SubscribeOptions {
  /** Exclusive. Default: the beginning. */
  readonly after?: Position;
  readonly signal: AbortSignal;
  /**
   * Asked after the connection broke, before the subscription goes on: another log may answer by then. `LogIsUnavailable` means not yet, any
   * other error ends the subscription.
   */
  readonly beforeGoingOn?: () => Promise<void>;
}

/** How much of a stream its readers see. The store may delete the rest at any time. */
export interface StreamMetadata {
  /** The newest so many events. */
  readonly maxCount?: number;
  /** Events no older than this. */
  readonly maxAgeSeconds?: number;
}

/**
 * The log. Every call ends within a time-out of its own and fails with one of the errors of `event-store-errors.ts`.
 * A missing stream reads as an empty one. System events (types that begin with `$`) are never shown by `readAll` and `subscribeToAll`.
 */
export interface EventStore {
  /**
   * Stores the events (one at least), all or none. Appending again what is stored is a success and answers as the first time did:
   * - at a revision (or `no-stream`) that is behind, when the events that follow it are exactly these ids;
   * - at `any`, when the stream holds these ids, as far as the server remembers.
   * A part of them is `WrongExpectedRevision`. At the *current* revision ids are not looked at: a known one is stored once more.
   * Throws `WrongExpectedRevision`, `AppendIsTooLarge`, `LogIsUnavailable` (nothing was stored), `OutcomeUnknown` (it may have been).
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult>;
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;
  /** Follows the log until the signal aborts; when the connection to the log breaks it goes on from where it was by itself. */
  subscribeToAll(options: SubscribeOptions): AsyncIterable<LogMessage>;
  /** The position of the last event that is not a system event; `0n` for an empty log. */
  readLastPosition(): Promise<Position>;
  /** Replaces the settings of the stream. */
  setStreamMetadata(stream: string, metadata: StreamMetadata): Promise<void>;
  /**
   * Shows nothing of the stream any more, and forgets its settings, until somebody appends to it: at `no-stream`, or at the revision it had.
   * Then it is numbered on. A stream that does not exist stays as it is.
   */
  deleteStream(stream: string): Promise<void>;
  /** Ends subscriptions and lets go of connections. Calls after it fail with `LogIsUnavailable`. */
  close(): Promise<void>;
}
