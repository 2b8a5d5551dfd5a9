import type { ConnectionEvent, Detail, EventContext, StatusAfter } from '#events';
import { connection } from './connection';
import type { ConnectionCommand } from './connection-command';
import type { ExistingConnection, UnknownConnection } from './connection-state';

/**
 * What the history of a connection tells beside what is decided by: when things happened, whose doing they were, and what people were told. Times are
 * ISO 8601, UTC.
 */
export interface Chronicle {
  readonly createdAt: string;
  readonly createdBy: string;
  /** Of the last event that changed what a person edits. */
  readonly updatedAt: string;
  readonly updatedBy: string;
  /** As the last event says: it stays what people were told, also where the rules have changed since. */
  readonly statusAfter: StatusAfter;
  readonly statusSince: string;
  /** What explains the status, if a verification led to it. */
  readonly statusDetail: Detail | null;
  readonly lastTriedAt: string | null;
  readonly verifiedAt: string | null;
}

/** A connection that exists, and what there is to tell of it. */
export type Chronicled = ExistingConnection & { readonly chronicle: Chronicle };
export type ChronicledConnection = UnknownConnection | Chronicled;

/** In what context something happened, and when. */
type Circumstances = Pick<EventContext, 'actor'> & { readonly occurredAt: string };

/** The connection, and its chronicle beside it: no decision looks at that, so whoever decides need not know who asks. */
export const chronicledConnection = {
  initial: connection.initial as ChronicledConnection,

  decide(command: ConnectionCommand, before: ChronicledConnection, now: Date): readonly ConnectionEvent[] {
    return connection.decide(command, before, now);
  },

  evolve(before: ChronicledConnection, event: ConnectionEvent, circumstances: Circumstances): ChronicledConnection {
    const after = connection.evolve(before, event);
    if (after.status === 'unknown') return after;
    const begun = before.status === 'unknown' ? begunWith(event, circumstances) : before.chronicle;
    return { ...after, chronicle: toldOf(event, circumstances, after, begun) };
  },
};

function begunWith({ data: { statusAfter } }: ConnectionEvent, { occurredAt: at, actor: { id: by } }: Circumstances): Chronicle {
  return {
    createdAt: at,
    createdBy: by,
    updatedAt: at,
    updatedBy: by,
    statusAfter,
    statusSince: at,
    statusDetail: null,
    lastTriedAt: null,
    verifiedAt: null,
  };
}

function toldOf(event: ConnectionEvent, { occurredAt: at, actor }: Circumstances, after: ExistingConnection, before: Chronicle): Chronicle {
  const { statusAfter } = event.data;
  const isSame = statusAfter.status === before.statusAfter.status && statusAfter.code === before.statusAfter.code;
  return {
    ...before,
    statusAfter,
    ...(!isSame && { statusSince: at, statusDetail: null }),
    ...(after.configRevision === after.revision && { updatedAt: at, updatedBy: actor.id }),
    ...triedBy(event, at),
  };
}

function triedBy(event: ConnectionEvent, at: string): Partial<Chronicle> {
  if (event.type === 'ConnectionVerified') return { lastTriedAt: at, verifiedAt: at };
  if (event.type !== 'VerificationFailed') return {};
  const { category, detail, statusAfter } = event.data;
  // A failure that is tolerated leaves what explains the status as it was.
  return { lastTriedAt: at, ...(category === statusAfter.code && { statusDetail: detail }) };
}
