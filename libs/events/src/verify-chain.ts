import { chainStart, hashOf, type ChainedEvent } from './hash-chain';
import { storedText } from './stored-text';

/** An event as its bytes lie in the log. */
export interface StoredBytes {
  readonly stream: string;
  readonly revision: number;
  /** The store's id of it. */
  readonly id: string;
  /** The stored name, with its version. */
  readonly type: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** What the next event of a stream has to continue. */
export interface ChainHead {
  readonly revision: number;
  readonly id: string;
  /** As the last event bears it, rightly or not; null where it bears none. */
  readonly hash: string | null;
}

/** What of an event is not as it was written. */
export type Difference = 'revision' | 'id' | 'text' | 'prevHash' | 'hash';

export interface ChainBreak {
  readonly stream: string;
  readonly revision: number;
  readonly differs: Difference;
  readonly sentence: string;
}

/** Every stream is chained but snapshots, which repeat what others say, and the store's own, which begin with `$`. */
export function isChained(stream: string): boolean {
  return !stream.startsWith('snapshot-') && !stream.startsWith('$');
}

/**
 * Holds an event against the one before it in its stream and against the hash it bears. Where the first event that is there has not revision 0,
 * nobody can tell what it continues, and only the event itself is verified.
 *
 * The hash covers the canonical form, which many texts share: with white space, with other escapes, with a member that is there twice. One of
 * them was written, so the text is verified too. Members in another order are the same content, and no break.
 */
export function verifyNext(head: ChainHead | undefined, event: StoredBytes): { head: ChainHead; breaks: readonly ChainBreak[] } {
  const { stream, revision, id } = event;
  const breaks: ChainBreak[] = [];
  const differs = (difference: Difference, sentence: string): void => {
    breaks.push({ stream, revision, differs: difference, sentence: `${stream}@${revision} ${sentence}.` });
  };

  if (head && revision !== head.revision + 1) differs('revision', `stands where revision ${head.revision + 1} should be`);
  if (head?.id === id) differs('id', `has the same id as the event before it, ${id}`);

  const data = storedText(event.data);
  const metadata = storedText(event.metadata);
  if (!data.isAsWritten) differs('text', 'has data whose text is not what Patchbay writes, whatever its content');
  if (!metadata.isAsWritten) differs('text', 'has metadata whose text is not what Patchbay writes, whatever its content');

  const link = linkIn(metadata.content);
  if (link === null) {
    differs('hash', 'bears no hash: Patchbay did not write it, or not like this');
    return { head: { revision, id, hash: null }, breaks };
  }
  const { hash, ...unhashed } = link;
  const before = head ? head.hash : revision === 0 ? chainStart : null;
  if (before !== null && unhashed.prevHash !== before) differs('prevHash', 'does not continue the event before it');
  if (hash !== hashIfAny({ ...event, eventId: id, data: data.content, metadata: unhashed }))
    differs('hash', 'is not what was hashed when it was written');
  return { head: { revision, id, hash }, breaks };
}

/** The metadata as it is stored, with members that no release knows: they are hashed as well. */
type Link = ChainedEvent['metadata'] & { readonly hash: string };

function linkIn(metadata: unknown): Link | null {
  const { hash, prevHash } = (metadata ?? {}) as Partial<Link>;
  return typeof hash === 'string' && typeof prevHash === 'string' ? (metadata as Link) : null;
}

/** Null for what is too deep to be hashed, which then was not written either. */
function hashIfAny(event: ChainedEvent): string | null {
  try {
    return hashOf(event);
  } catch {
    return null;
  }
}
