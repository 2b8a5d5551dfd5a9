import { connection, type Connection } from '#domain';
import type { RecordedEvent } from '#event-store';
import { eventCodec, type ConnectionEvent, type EventMetadata } from '#events';

/** An event as it is stored, and what its metadata says. */
export interface LoggedEvent extends RecordedEvent {
  readonly about: EventMetadata;
}

/** One connection, as its stream has it. */
export interface Life {
  readonly id: string;
  readonly steps: readonly Step[];
  /** After the last event. */
  readonly now: Connection;
}

export interface Step {
  readonly logged: LoggedEvent;
  readonly event: ConnectionEvent;
  /** What the domain makes of the stream up to here. */
  readonly after: Connection;
}

/** The whole log, read once and taken apart: everything that is checked follows from it. Snapshots repeat what other events say and are left out. */
export class LogView {
  readonly events: readonly LoggedEvent[];
  readonly streams: ReadonlyMap<string, readonly LoggedEvent[]>;
  readonly lives: readonly Life[];
  /** What happened because of a request, by the request's id. */
  readonly byRequest: ReadonlyMap<string, readonly LoggedEvent[]>;

  constructor(recorded: readonly RecordedEvent[]) {
    this.events = recorded
      .filter(({ stream }) => !stream.startsWith('snapshot-'))
      .map((event) => ({ ...event, about: eventCodec.metadata(event.metadata) }));
    this.streams = groupedBy(this.events, ({ stream }) => stream);
    this.byRequest = groupedBy(this.events, ({ about }) => about.correlationId);
    this.lives = this.streamsOf('connection').map(([id, events]) => lifeOf(id, events));
  }

  /** The streams of a category, by what follows it in their names. */
  streamsOf(category: string): readonly (readonly [id: string, events: readonly LoggedEvent[]])[] {
    return [...this.streams]
      .filter(([stream]) => stream.startsWith(`${category}-`))
      .map(([stream, events]) => [stream.slice(category.length + 1), events]);
  }
}

function lifeOf(id: string, events: readonly LoggedEvent[]): Life {
  let now: Connection = connection.initial;
  const steps = events.map((logged) => {
    const event = eventCodec.decode(logged.type, logged.data) as ConnectionEvent;
    now = connection.evolve(now, event);
    return { logged, event, after: now };
  });
  return { id, steps, now };
}

function groupedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
