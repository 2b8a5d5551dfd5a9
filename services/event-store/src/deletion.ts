import { randomUUID } from 'node:crypto';
import type { ExpectedVersion, ProposedEvent } from './log-event';

export interface Deletion {
  /** Not a metastream: settings go with the stream they are of. */
  readonly stream: string;
  readonly expected: ExpectedVersion;
  /** `until-recreated`: an append brings the stream back, numbered on. `for-good`: nobody writes or reads it ever again. */
  readonly lasts: 'until-recreated' | 'for-good';
  /** Milliseconds since the epoch; a deletion that was not begun by then is not begun. */
  readonly deadline: number;
}

const nothing = new Uint8Array();

/** The event that ends a stream for good; `tombstoneRevision` is its place. */
export const tombstone = (): ProposedEvent => ({
  id: randomUUID(),
  type: '$streamDeleted',
  isJson: false,
  data: nothing,
  metadata: nothing,
});

/** The event that sets a stream's settings, in its metastream. */
export const settingsEvent = (data: Uint8Array): ProposedEvent => ({
  id: randomUUID(),
  type: '$metadata',
  isJson: true,
  data,
  metadata: nothing,
});
