import type { PlacedEvent, Place } from './log-event';

/**
 * Where the log's newest events lie, by their ids. An append that expects any version is known again as long as its events are among
 * them; one that names a version is compared with what is stored and needs no memory.
 */
export class RecentIds {
  readonly #places = new Map<string, Place>();

  constructor(private readonly limit: number) {}

  remember({ id, stream, revision, position }: Pick<PlacedEvent, 'id'> & Place): void {
    this.#places.delete(id); // an id that is stored twice is as recent as its last event
    this.#places.set(id, { stream, revision, position });
    if (this.#places.size <= this.limit) return;
    const [oldest] = this.#places.keys();
    if (oldest !== undefined) this.#places.delete(oldest);
  }

  placeOf(id: string): Place | undefined {
    return this.#places.get(id);
  }
}
