/** An event about to be stored. Data and metadata stay the bytes they came as: parsing would reorder keys and change numbers. */
export interface ProposedEvent {
  /** A UUID. A repeated append is recognised by the ids of its events. */
  readonly id: string;
  readonly type: string;
  /** Whether the writer called its data JSON; nothing here looks. */
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** Where an event lies. Positions count from 1 over the whole log, revisions from 0 in each stream; neither has gaps but where hidden events were deleted. */
export interface Place {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
}

export interface PlacedEvent extends ProposedEvent, Place {}

export interface StoredEvent extends PlacedEvent {
  readonly created: Date;
}

/** The revision of a stream that holds no event. */
export const noRevision = -1;

/** The revision of the event that deletes a stream for good: 2^63 - 1, which a number holds rounded up. Nothing comes behind it. */
export const tombstoneRevision = 2 ** 63;

/** A revision as the protocol and the database write it. */
export const revisionText = (revision: number): string => (revision === tombstoneRevision ? '9223372036854775807' : String(revision));

/** What a stream must look like for an append to be accepted. A number is the revision of its last event. */
export type ExpectedVersion = number | 'no-stream' | 'stream-exists' | 'any';

/** The stream that holds another's settings, each `$metadata` event replacing the one before. */
export const metastreamOf = (stream: string): string => `$$${stream}`;

export const isMetastream = (stream: string): boolean => stream.startsWith('$$');

/** The stream whose settings a metastream holds; any other stream is its own. */
export const ownerOf = (stream: string): string => (isMetastream(stream) ? stream.slice(2) : stream);
