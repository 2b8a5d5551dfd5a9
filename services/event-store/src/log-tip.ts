import { LRUCache } from 'lru-cache';
import { isMetastream, ownerOf, tombstoneRevision, type PlacedEvent, type Place } from './log-event';
import { hidesAnything, isDeleted, settingsFor } from './stream-settings';

/** Of a stream and of its metastream each. */
const rememberedHeads = 20_000;
/**
 * An append that expects any version is known again as long as its events are among this many newest ones: seconds of appends at full
 * speed, hours of ordinary use. One that names a version is compared with what is stored and needs no memory.
 */
export const rememberedIds = 50_000;

/** What the writer knows of a stream. */
export interface Head {
  /** Of its last event; `noRevision` where there is none. */
  readonly revision: number;
  /** The settings that deleted it until it is recreated; null where it is not deleted, or is for good. */
  readonly deletion: Uint8Array | null;
  /** Whether its settings may hide events that are stored. */
  readonly hides: boolean;
}

/** `data`: of the newest event of its metastream, null where there is none. */
export const headUnder = (stream: string, revision: number, data: Uint8Array | null): Head => {
  const settings = settingsFor(stream, data);
  return { revision, deletion: isDeleted(settings) ? data : null, hides: hidesAnything(settings) };
};

/**
 * What the one writer knows of the log's end, so that appends are decided without asking the database. It is true only while nobody else
 * writes: it is read anew whenever the writer's lock is taken, and dropped with it.
 */
export class LogTip {
  readonly #heads = new LRUCache<string, Head>({ max: rememberedHeads });
  readonly #places = new LRUCache<string, Place>({ max: rememberedIds });

  /** `newest`: the log's newest events, oldest first. */
  constructor(
    private last: bigint,
    newest: Iterable<Pick<PlacedEvent, 'id'> & Place>,
  ) {
    for (const event of newest) this.#remember(event);
  }

  get lastPosition(): bigint {
    return this.last;
  }

  unknownOf(streams: Iterable<string>): string[] {
    return [...new Set(streams)].filter((stream) => this.#heads.get(stream) === undefined);
  }

  learn(heads: ReadonlyMap<string, Head>): void {
    for (const [stream, head] of heads) this.#heads.set(stream, head);
  }

  /** The stream must have been learnt. */
  headOf(stream: string): Head {
    const head = this.#heads.get(stream);
    if (head === undefined) throw new Error('The head of a stream was asked for before it was learnt.');
    return head;
  }

  placeOf(eventId: string): Place | undefined {
    return this.#places.peek(eventId);
  }

  /** The events are committed. */
  advance(events: readonly PlacedEvent[]): void {
    for (const event of events) {
      this.last = event.position;
      this.#remember(event);
      for (const [stream, head] of headsAfter(event, (name) => this.#heads.get(name))) this.#heads.set(stream, head);
    }
  }

  /** Of these streams, those of which events may be hidden now. */
  hiding(streams: Iterable<string>): string[] {
    return [...streams].filter((stream) => isMetastream(stream) || this.#heads.get(stream)?.hides === true);
  }

  #remember({ id, stream, revision, position }: Pick<PlacedEvent, 'id'> & Place): void {
    this.#places.set(id, { stream, revision, position });
  }
}

export type KnownLog = Pick<LogTip, 'lastPosition' | 'headOf' | 'placeOf'>;

/** How an event changes what is known: of its stream, and of the one whose settings it holds. `headOf` answers undefined for what is not known. */
export const headsAfter = (
  { stream, revision, data }: Pick<PlacedEvent, 'stream' | 'revision' | 'data'>,
  headOf: (stream: string) => Head | undefined,
): [string, Head][] => {
  const own = headOf(stream);
  const owner = ownerOf(stream);
  const owned = owner === stream ? undefined : headOf(owner);
  return [
    ...(own === undefined ? [] : [[stream, { ...own, revision, hides: own.hides || revision === tombstoneRevision }] as [string, Head]]),
    ...(owned === undefined ? [] : [[owner, headUnder(owner, owned.revision, data)] as [string, Head]]),
  ];
};
