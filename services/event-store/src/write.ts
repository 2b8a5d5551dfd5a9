import type { Append } from './append';
import type { Deletion } from './deletion';

/** What the log's writer is asked for: done whole, or not at all. */
export type Write = Append | Deletion;

export type WriteOutcome =
  /**
   * Stored now, or by an earlier append of the same events. `revision` is that of the append's last event; `position` is that of the last
   * event that was asked for, or of the one that deletes, and an empty append has none.
   */
  | { readonly kind: 'stored'; readonly revision: number; readonly position: bigint | null }
  /** Nothing was stored; `actual` is the stream's revision, `noRevision` where it holds no event. */
  | { readonly kind: 'wrong-expected-version'; readonly actual: number }
  /** Nothing was stored: the stream is gone for good, or was asked to exist and is deleted. */
  | { readonly kind: 'stream-is-deleted' }
  | { readonly kind: 'too-late' };
