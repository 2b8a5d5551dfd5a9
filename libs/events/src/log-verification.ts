import { storedText } from './stored-text';
import { isChained, verifyNext, type ChainBreak, type ChainHead, type StoredBytes } from './verify-chain';

/** What verifying a log, or a stream of it, came to. */
export interface Verified {
  /** Events whose hash, text and place were verified. */
  readonly events: number;
  readonly streams: number;
  /** Events that are not chained: snapshots, and the store's own. */
  readonly leftOut: number;
  readonly breakCount: number;
  /** The first thousand of them. */
  readonly breaks: readonly ChainBreak[];
  /** Streams whose beginning their settings removed: a sentence each. */
  readonly notes: readonly string[];
}

const keptBreaks = 1_000;

/** The type of the event with which the store ends a stream that is deleted for good. */
const tombstone = '$streamDeleted';

/**
 * Verifies events as they are read, of as many streams as there are. It holds the end of every stream in memory (about 300 bytes each: 60 MB for 200,000), and
 * nothing else that grows with the log.
 */
export class LogVerification {
  readonly #heads = new Map<string, ChainHead>();
  /** The first revision that is there, of streams that do not begin at 0. */
  readonly #beginnings = new Map<string, number>();
  /** Streams whose settings let what is old go. */
  readonly #shortened = new Set<string>();
  readonly #breaks: ChainBreak[] = [];
  #breakCount = 0;
  #events = 0;
  #leftOut = 0;

  /** Answers what is broken about this event; every stream's events come in the stream's order. */
  take(event: StoredBytes): readonly ChainBreak[] {
    const { stream } = event;
    if (!isChained(stream)) {
      this.#leftOut += 1;
      if (stream.startsWith('$$') && isChained(stream.slice(2))) this.#settings(stream.slice(2), event.data);
      return [];
    }
    this.#events += 1;
    const breaks = event.type === tombstone ? [deleted(event)] : this.#verified(event);
    for (const broken of breaks) this.#keep(broken);
    return breaks;
  }

  /** Whether the first event of the stream that was read is not the first one it had. */
  lacksBeginning(stream: string): boolean {
    return this.#beginnings.has(stream);
  }

  /** What it came to. A beginning that is missing is judged now, when all settings are known. */
  end(): Verified {
    const notes: string[] = [];
    for (const [stream, revision] of this.#beginnings) {
      if (this.#shortened.has(stream)) {
        notes.push(`${stream} is verified from revision ${revision} on: its settings let go of what was before.`);
      } else {
        const sentence = `${stream} begins at revision ${revision}, and none of its settings lets go of what was before.`;
        this.#keep({ stream, revision, differs: 'revision', sentence });
      }
    }
    return {
      events: this.#events,
      streams: this.#heads.size,
      leftOut: this.#leftOut,
      breakCount: this.#breakCount,
      breaks: this.#breaks,
      notes,
    };
  }

  #verified(event: StoredBytes): readonly ChainBreak[] {
    const { stream, revision } = event;
    const known = this.#heads.get(stream);
    if (!known && revision > 0) this.#beginnings.set(stream, revision);
    const { head, breaks } = verifyNext(known, event);
    this.#heads.set(stream, head);
    return breaks;
  }

  /** The newest settings replace those before; what they once let go of is gone for good. */
  #settings(stream: string, data: Uint8Array): void {
    const { content } = storedText(data);
    if (typeof content === 'object' && content !== null && ['$maxCount', '$maxAge', '$tb'].some((name) => name in content))
      this.#shortened.add(stream);
  }

  #keep(broken: ChainBreak): void {
    this.#breakCount += 1;
    if (this.#breaks.length < keptBreaks) this.#breaks.push(broken);
  }
}

function deleted({ stream, revision }: StoredBytes): ChainBreak {
  return { stream, revision, differs: 'revision', sentence: `${stream} was deleted for good, and Patchbay deletes no stream.` };
}
