import type { EventStore } from '#event-store';
import { ConnectionLife, type LifeEvent } from './connection-lives';

const eventsPerAppend = 250;

/** A connection of the workspace `workspace-0` with so many events, stored by many at a time, so that nothing was there to take a snapshot. Answers its id. */
export async function grownConnection(store: EventStore, events: number): Promise<string> {
  const life = new ConnectionLife(0);
  let last: LifeEvent | undefined;
  for (let left = events; left > 0; left -= eventsPerAppend) {
    const lived = Array.from({ length: Math.min(left, eventsPerAppend) }, () => life.next());
    const [first] = lived;
    if (first === undefined) break;
    await store.append(
      first.stream,
      lived.map(({ event }) => event),
      first.revision === 0 ? 'no-stream' : first.revision - 1,
    );
    last = first;
  }
  if (last === undefined) throw new RangeError('A connection has one event at least.');
  return last.stream.slice('connection-'.length);
}

/** A snapshot is taken after the answer. */
export async function untilKept(store: EventStore, id: string, unwanted: AbortSignal): Promise<void> {
  for (;;) {
    unwanted.throwIfAborted();
    for await (const _ of store.readStream(`snapshot-connection-${id}`, { direction: 'backwards', maxCount: 1 })) return;
  }
}
