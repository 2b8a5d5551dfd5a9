import type { Direction, Source } from '../log-reader';
import { eventFilterOf, type EventFilter } from './event-filter';
import { ReadReq } from './protocol';
import { badRequest, notServed } from './refusal';
import { streamNameOf } from './wire-values';

/** Where to begin, inclusive and by the source's own count; `end`: at the last event backwards, after it forwards. */
type Start = bigint | 'end';

interface Reading {
  readonly source: Source;
  readonly from: Start;
  readonly filter: EventFilter | null;
}

export type ReadRequest =
  | (Reading & { readonly kind: 'read'; readonly direction: Direction; readonly count: number })
  | (Reading & { readonly kind: 'subscription' });

/** One rpc asks for reads and subscriptions, of a stream and of the whole log; what includes its start and what does not differs. */
export const readRequestOf = (request: ReadReq): ReadRequest => {
  const options = request.getOptions();
  if (options === undefined) throw badRequest('The read has no options.');
  if (options.getResolveLinks()) throw notServed('The embedded event store has no links to resolve yet.');
  if (options.getUuidOption()?.hasStructured() === true) throw notServed('The embedded event store answers UUIDs as text only.');
  const filter = options.getFilter();
  const reading = { ...sourceOf(options), filter: filter === undefined ? null : eventFilterOf(filter) };
  if (reading.filter !== null && reading.source !== 'all') throw badRequest('A filter goes with the whole log, not with one stream.');
  if (options.hasSubscription()) return { ...reading, kind: 'subscription' };
  if (!options.hasCount()) throw badRequest('The read does not say how many events it asks for.');
  return { ...reading, kind: 'read', direction: directionOf(options), count: Number(options.getCount()) };
};

const directionOf = (options: ReadReq.Options): Direction =>
  options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS ? 'backwards' : 'forwards';

const sourceOf = (options: ReadReq.Options): { source: Source; from: Start } => {
  const stream = options.getStream();
  if (stream !== undefined) return { source: { stream: streamNameOf(stream.getStreamIdentifier()) }, from: startInStream(stream, options) };
  const all = options.getAll();
  if (all !== undefined) return { source: 'all', from: startInLog(all, options) };
  throw badRequest('The read names neither a stream nor the whole log.');
};

/** A read includes the revision it names, in both directions; a subscription begins after it. */
const startInStream = (stream: ReadReq.Options.StreamOptions, options: ReadReq.Options): Start => {
  if (stream.hasStart()) return 0n;
  if (stream.hasEnd()) return 'end';
  const revision = BigInt(stream.getRevision());
  return options.hasSubscription() ? revision + 1n : revision;
};

/** A read includes the position it names forwards but not backwards; a subscription begins after it. */
const startInLog = (all: ReadReq.Options.AllOptions, options: ReadReq.Options): Start => {
  if (all.hasStart()) return 0n;
  const position = all.getPosition();
  if (position === undefined) return 'end';
  const commit = BigInt(position.getCommitPosition());
  if (options.hasSubscription()) return commit + 1n;
  return directionOf(options) === 'backwards' ? commit - 1n : commit;
};
