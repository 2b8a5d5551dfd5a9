import type { Append, AppendOutcome } from './append';
import { metastreamOf, noRevision, type PlacedEvent, type Place } from './log-event';
import type { KnownLog } from './log-tip';

/**
 * What one commit makes of the appends that share it. `compare` is left for after the commit: the append expects a version the stream
 * has passed, so it stores nothing, and it is a repetition exactly when its events are those that followed that version.
 */
export interface CommitPlan {
  readonly events: readonly PlacedEvent[];
  /** One for each append, in their order. */
  readonly decisions: readonly Decision[];
}

export type Decision = AppendOutcome | { readonly kind: 'compare'; readonly after: number; readonly actual: number };

/** The streams whose heads `planCommit` needs for an append. */
export const streamsOf = ({ stream, expected }: Append): readonly string[] =>
  expected === 'stream-exists' ? [stream, metastreamOf(stream)] : [stream];

/**
 * Decides appends in the order they came, each on what those before it leave behind: versions as EventStoreDB checks them
 * (`IndexWriter.CheckCommit`), positions and revisions without gaps.
 */
export const planCommit = (appends: readonly Append[], log: KnownLog, now: number): CommitPlan => {
  const draft = new Draft(log);
  const decisions = appends.map((append): Decision => (append.deadline <= now ? { kind: 'too-late' } : decide(append, draft)));
  return { events: draft.events, decisions };
};

const decide = (append: Append, draft: Draft): Decision => {
  const actual = draft.headOf(append.stream);
  const { expected } = append;
  switch (expected) {
    case 'any':
      return decideByIds(append, draft, actual);
    case 'stream-exists': {
      const exists = actual !== noRevision || draft.headOf(metastreamOf(append.stream)) !== noRevision;
      return exists ? decideByIds(append, draft, actual) : wrong(actual);
    }
    case 'no-stream':
      return decideByVersion(append, draft, noRevision, actual);
  }
  return decideByVersion(append, draft, expected, actual);
};

const decideByVersion = (append: Append, draft: Draft, expected: number, actual: number): Decision => {
  if (expected === actual) return draft.store(append);
  // An id that is known at the version the append expects is stored again: ids are compared only behind the head.
  return expected < actual && append.events.length > 0 ? { kind: 'compare', after: expected, actual } : wrong(actual);
};

const decideByIds = (append: Append, draft: Draft, actual: number): Decision => {
  const places = append.events.map(({ id }) => draft.placeIn(append.stream, id));
  const last = places.at(-1);
  if (places[0] === undefined) return draft.store(append);
  // Some of it was stored and some was not: whoever sent it means another history than the one there is.
  if (last === undefined || places.includes(undefined)) return wrong(actual);
  return { kind: 'stored', revision: last.revision, position: last.position };
};

const wrong = (actual: number): Decision => ({ kind: 'wrong-expected-version', actual });

/** The log as it will be when the commit has succeeded. */
class Draft {
  readonly events: PlacedEvent[] = [];
  readonly #heads = new Map<string, number>();
  readonly #places = new Map<string, Place>();

  constructor(private readonly log: KnownLog) {}

  headOf(stream: string): number {
    return this.#heads.get(stream) ?? this.log.headOf(stream);
  }

  placeIn(stream: string, id: string): Place | undefined {
    const place = this.#places.get(id) ?? this.log.placeOf(id);
    return place?.stream === stream ? place : undefined;
  }

  store({ stream, events }: Append): AppendOutcome {
    let revision = this.headOf(stream);
    let position = null;
    for (const event of events) {
      revision += 1;
      position = this.log.lastPosition + BigInt(this.events.length + 1);
      const placed = { ...event, stream, revision, position };
      this.events.push(placed);
      this.#places.set(event.id, placed);
    }
    this.#heads.set(stream, revision);
    return { kind: 'stored', revision, position };
  }
}
