import { name, nameStreamId, statusAfterOf, type Name } from '#domain';
import { eventIdOf } from '#event-store';
import { chainStart, eventCodec, hashOf, type NameEvent } from '#events';
import { isDeepStrictEqual } from 'node:util';
import type { LogView, LoggedEvent } from './log-view';

/** Each check answers a sentence for everything that is not as it should be. */

/** Every stream counts from 0 without gaps, and each event bears the hash of itself and of the one before it. */
export function brokenChains({ streams }: LogView): readonly string[] {
  return [...streams.values()].flatMap((events) => {
    let before = chainStart;
    return events.flatMap(({ stream, revision, id, type, data, about }, index) => {
      const { hash, ...metadata } = about;
      const found = [
        ...(revision === index ? [] : [`${stream} has revision ${revision} where ${index} should be.`]),
        ...(metadata.prevHash === before ? [] : [`${stream}@${revision} does not continue the event before it.`]),
        ...(hash === hashOf({ stream, revision, eventId: id, type, data, metadata })
          ? []
          : [`${stream}@${revision} is not what was hashed.`]),
      ];
      before = hash;
      return found;
    });
  });
}

/**
 * No event is there twice. An id follows from the command, the stream and the place in the append, so a command that was stored a second time
 * in a stream would show events whose ids begin anew, or events that do not lie together.
 */
export function storedTwice({ events, streams }: LogView): readonly string[] {
  const ids = new Set<string>();
  const sameIds = events.filter(({ id }) => ids.size === ids.add(id).size);
  const scattered = [...streams.values()].flatMap((stream) => stream.filter((event, index) => event.id !== idAt(stream, index)));
  return [
    ...sameIds.map(({ id, stream, revision }) => `The event ${id} is there twice, the second time as ${stream}@${revision}.`),
    ...scattered.map(({ stream, revision }) => `${stream}@${revision} is not where its command put it.`),
  ];
}

function idAt(stream: readonly LoggedEvent[], index: number): string | undefined {
  const event = stream[index];
  if (!event) return undefined;
  const first = stream.findIndex(({ about }) => about.commandId === event.about.commandId);
  return eventIdOf(event.about.commandId, event.stream, index - first);
}

/** What each event says that people see is what the domain makes of the stream. */
export function wrongStatuses({ lives }: LogView): readonly string[] {
  return lives.flatMap(({ steps }) =>
    steps
      .filter(({ event, after }) => after.status === 'unknown' || !isDeepStrictEqual(event.data.statusAfter, statusAfterOf(after)))
      .map(({ logged }) => `${logged.stream}@${logged.revision} says another status than the domain.`),
  );
}

/** A living connection holds its name, and is the only one that bears it. */
export function wrongNames(log: LogView): readonly string[] {
  const holders = holdersIn(log);
  const bearers = log.lives.flatMap(({ id, now }) =>
    now.status === 'unknown' || now.removed ? [] : [{ id, called: now.name, held: nameStreamId(now.workspaceId, now.name) }],
  );
  return bearers.flatMap(({ id, called, held }) => [
    ...(holders.get(held) === id ? [] : [`Connection ${id} is called "${called}" and does not hold that name.`]),
    ...(bearers.some((other) => other.held === held && other.id !== id)
      ? [`Connection ${id} is not the only one called "${called}".`]
      : []),
  ]);
}

/**
 * How many names are held by a connection that does not bear them, because a process died between two appends. Each is free again after an hour,
 * for whoever asks for it.
 */
export function namesLeftBehind(log: LogView): number {
  const living = new Map(log.lives.map(({ id, now }) => [id, now]));
  return [...holdersIn(log)].filter(([held, holder]) => {
    if (holder === null) return false;
    const now = living.get(holder);
    return !now || now.status === 'unknown' || now.removed || nameStreamId(now.workspaceId, now.name) !== held;
  }).length;
}

function holdersIn(log: LogView): ReadonlyMap<string, string | null> {
  return new Map(log.streamsOf('name').map(([id, events]) => [id, holderOf(events)]));
}

function holderOf(events: readonly LoggedEvent[]): string | null {
  const state = events.map(({ type, data }) => eventCodec.decode(type, data) as NameEvent).reduce<Name>(name.evolve, name.initial);
  return state.holder;
}

/** What could be tried and was not finished: a candidate that waits, a connection whose verification is pending. */
export function openWork({ lives }: LogView): readonly string[] {
  return lives.flatMap(({ id, now }) => {
    if (now.status === 'unknown' || now.removed || now.disabled) return [];
    const { candidate, code } = now;
    return [
      ...(candidate ? [`Connection ${id} has a candidate that waits.`] : []),
      ...(code === 'verification_pending' ? [`Connection ${id} waits to be verified.`] : []),
    ];
  });
}
