import type { Append } from './append';
import { settingsEvent, tombstone, type Deletion } from './deletion';
import { metastreamOf, noRevision, ownerOf, tombstoneRevision, type PlacedEvent, type Place, type ProposedEvent } from './log-event';
import { headsAfter, type Head, type KnownLog } from './log-tip';
import { deletingSettings, recreatingSettings } from './stream-settings';
import type { Write, WriteOutcome } from './write';

/**
 * What one commit makes of the writes that share it. `compare` is left for after the commit: the append expects a version the stream
 * has passed, so it stores nothing, and it is a repetition exactly when its events are those that followed that version.
 */
export interface CommitPlan {
  readonly events: readonly PlacedEvent[];
  /** One for each write, in their order. */
  readonly decisions: readonly Decision[];
}

export type Decision = WriteOutcome | Comparing;

interface Comparing {
  readonly kind: 'compare';
  readonly after: number;
  readonly eventIds: readonly string[];
  readonly actual: number;
}

/** The streams whose heads `planCommit` needs for a write. */
export const streamsOf = ({ stream }: Write): readonly string[] => [ownerOf(stream), stream, metastreamOf(stream)];

/**
 * Decides writes in the order they came, each on what those before it leave behind: versions as EventStoreDB checks them
 * (`IndexWriter.CheckCommit`, `StorageWriterService`), positions and revisions without gaps.
 */
export const planCommit = (writes: readonly Write[], log: KnownLog, now: number): CommitPlan => {
  const draft = new Draft(log);
  const decisions = writes.map((write): Decision => (write.deadline <= now ? { kind: 'too-late' } : decide(write, draft)));
  return { events: draft.events, decisions };
};

const decide = (write: Write, draft: Draft): Decision => {
  if (draft.headOf(ownerOf(write.stream)).revision === tombstoneRevision) return { kind: 'stream-is-deleted' };
  if (write.expected === 'stream-exists') {
    if (draft.headOf(write.stream).deletion !== null) return { kind: 'stream-is-deleted' };
    if (!draft.exists(write.stream)) return wrong(noRevision);
  }
  return 'events' in write ? decideAppend(write, draft) : decideDeletion(write, draft);
};

const decideAppend = (append: Append, draft: Draft): Decision => {
  const { expected } = append;
  switch (expected) {
    case 'any':
    case 'stream-exists':
      return appendByIds(append, draft);
    case 'no-stream':
      return appendByVersion(append, draft, noRevision);
  }
  return appendByVersion(append, draft, expected);
};

const appendByVersion = ({ stream, events }: Append, draft: Draft, expected: number): Decision => {
  const { revision: actual, deletion } = draft.headOf(stream);
  // An id that is known at the version the append expects is stored again: ids are compared only behind the head.
  if (expected === actual) return draft.append(stream, events);
  if (expected > actual) return wrong(actual);
  const places = events.map(({ id }) => draft.placeIn(stream, id));
  if (deletion !== null && expected === noRevision && places[0]?.revision !== 0) return draft.append(stream, events);
  const last = places.at(-1);
  if (last === undefined && events.length === 0) return wrong(actual);
  if (last !== undefined && places.every((place, nth) => place?.revision === expected + 1 + nth)) return storedAt(last);
  return { kind: 'compare', after: expected, eventIds: events.map(({ id }) => id), actual };
};

const appendByIds = ({ stream, events }: Append, draft: Draft): Decision => {
  const places = events.map(({ id }) => draft.placeIn(stream, id));
  const last = places.at(-1);
  if (places[0] === undefined) return draft.append(stream, events);
  // Some of it was stored and some was not: whoever sent it means another history than the one there is.
  if (last === undefined || places.includes(undefined)) return wrong(draft.headOf(stream).revision);
  return storedAt(last);
};

/** A deletion is never known again, so at a version that is behind it is refused, unless the stream is deleted already. */
const decideDeletion = ({ stream, expected, lasts }: Deletion, draft: Draft): Decision => {
  const { revision: actual, deletion } = draft.headOf(stream);
  const version = expected === 'no-stream' ? noRevision : expected;
  const isRepeated = expected === 'no-stream' && deletion !== null;
  if (typeof version === 'number' && version !== actual && !isRepeated) return wrong(actual);
  if (lasts === 'for-good') return draft.end(stream);
  return draft.exists(stream) ? draft.store(metastreamOf(stream), [settingsEvent(deletingSettings)]) : wrong(actual);
};

const wrong = (actual: number): WriteOutcome => ({ kind: 'wrong-expected-version', actual });

const storedAt = ({ revision, position }: Place): WriteOutcome => ({ kind: 'stored', revision, position });

/** The log as it will be when the commit has succeeded. */
class Draft {
  readonly events: PlacedEvent[] = [];
  readonly #heads = new Map<string, Head>();
  readonly #places = new Map<string, Place>();

  constructor(private readonly log: KnownLog) {}

  headOf(stream: string): Head {
    return this.#heads.get(stream) ?? this.log.headOf(stream);
  }

  placeIn(stream: string, id: string): Place | undefined {
    const place = this.#places.get(id) ?? this.log.placeOf(id);
    return place?.stream === stream ? place : undefined;
  }

  /** A stream exists by its events or by its settings alone. */
  exists(stream: string): boolean {
    return this.headOf(stream).revision !== noRevision || this.headOf(metastreamOf(stream)).revision !== noRevision;
  }

  /** Stores the events; a stream that was deleted comes back by them, whether they are its own or set what it shows. */
  append(stream: string, events: readonly ProposedEvent[]): WriteOutcome {
    const owner = ownerOf(stream);
    const deletion = this.headOf(owner).deletion;
    const first = this.headOf(owner).revision + 1;
    const outcome = this.store(stream, events);
    if (deletion !== null) this.#recreate(owner, owner === stream ? deletion : (events.at(-1)?.data ?? deletion), first);
    return outcome;
  }

  store(stream: string, events: readonly ProposedEvent[]): WriteOutcome {
    let revision = this.headOf(stream).revision;
    let position = null;
    for (const event of events) {
      revision += 1;
      position = this.#place(event, stream, revision);
    }
    return { kind: 'stored', revision, position };
  }

  /** Ends the stream for good. */
  end(stream: string): WriteOutcome {
    return { kind: 'stored', revision: tombstoneRevision, position: this.#place(tombstone(), stream, tombstoneRevision) };
  }

  #recreate(stream: string, deletion: Uint8Array, first: number): void {
    const settings = recreatingSettings(deletion, first);
    if (settings !== null) this.store(metastreamOf(stream), [settingsEvent(settings)]);
  }

  #place(event: ProposedEvent, stream: string, revision: number): bigint {
    const position = this.log.lastPosition + BigInt(this.events.length + 1);
    const placed = { ...event, stream, revision, position };
    this.events.push(placed);
    this.#places.set(event.id, placed);
    for (const [changed, head] of headsAfter(placed, (name) => this.headOf(name))) this.#heads.set(changed, head);
    return position;
  }
}
