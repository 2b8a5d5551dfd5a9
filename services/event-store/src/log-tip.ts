import { LRUCache } from 'lru-cache';
import type { PlacedEvent, Place } from './log-event';

const rememberedHeads = 10_000;
/**
 * An append that expects any version is known again as long as its events are among this many newest ones: seconds of appends at full
 * speed, hours of ordinary use. One that names a version is compared with what is stored and needs no memory.
 */
export const rememberedIds = 50_000;

/**
 * What the one writer knows of the log's end, so that appends are decided without asking the database. It is true only while nobody else
 * writes: it is read anew whenever the writer's lock is taken, and dropped with it.
 */
export class LogTip {
  readonly #heads = new LRUCache<string, number>({ max: rememberedHeads });
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

  learn(heads: ReadonlyMap<string, number>): void {
    for (const [stream, revision] of heads) this.#heads.set(stream, revision);
  }

  /** `noRevision` for a stream without events. The stream must have been learnt. */
  headOf(stream: string): number {
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
      this.#heads.set(event.stream, event.revision);
      this.#remember(event);
    }
  }

  #remember({ id, stream, revision, position }: Pick<PlacedEvent, 'id'> & Place): void {
    this.#places.set(id, { stream, revision, position });
  }
}

export type KnownLog = Pick<LogTip, 'lastPosition' | 'headOf' | 'placeOf'>;
