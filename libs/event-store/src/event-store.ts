/** A place in the whole log. Only ever compared; `0n` is before the first event. */
export type Position = bigint;

/** What a stream must look like for an append to be accepted. A number is the revision of its last event. */
export type ExpectedRevision = number | 'no-stream' | 'any';

/** An event about to be stored. The id makes a retry after an unknown outcome safe: the store knows it again. */
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
}

/**
 * The log. Every call ends within a time-out of its own and fails with one of the errors of `event-store-errors.ts`.
 * A missing stream reads as an empty one. System events (types that begin with `$`) are never shown by `readAll` and `subscribeToAll`.
 */
export interface EventStore {
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult>;
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;
  /** Follows the log until the signal aborts; when the connection to the log breaks it goes on from where it was by itself. */
  subscribeToAll(options: SubscribeOptions): AsyncIterable<LogMessage>;
  /** The position of the last event that is not a system event; `0n` for an empty log. */
  readLastPosition(): Promise<Position>;
  setStreamMetadata(stream: string, metadata: StreamMetadata): Promise<void>;
  close(): Promise<void>;
}

export interface StreamMetadata {
  readonly maxCount?: number;
  readonly maxAgeSeconds?: number;
}
