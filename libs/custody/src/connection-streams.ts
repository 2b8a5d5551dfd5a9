import {
  chronicledConnection,
  connectionSnapshot,
  settledOf,
  settlesDifferently,
  type ChronicledConnection,
  type Connection,
  type ConnectionCommand,
  type Settled,
} from '#domain';
import { AppendIsTooLarge, LogIsUnavailable, Streams, WrongExpectedRevision, type AppendResult, type EventStore } from '#event-store';
import { eventCodec, type ConnectionEvent, type EventContext } from '#events';
import type { VaultHeads } from '#vault';

/** What is asked of the vault's heads: see `VaultHeads`. */
export type Heads = Pick<VaultHeads<Settled>, 'mark' | 'settle' | 'unmark'>;

export interface ConnectionStreamsOptions {
  readonly store: EventStore;
  readonly heads: Heads;
  readonly clock?: () => Date;
  /** Told what kept a snapshot of a stream from being taken or read: it costs time and nothing else. */
  readonly onSnapshotProblem?: (error: unknown, stream: string) => void;
  /**
   * Told of every append once it is stored, before whoever asked for it is answered. What it throws is nobody's concern, and a process may die before
   * it is told: it may only do what somebody else does later.
   */
  readonly onChange?: (change: ConnectionChange) => Promise<void>;
}

/** What an append made of a connection. */
export interface ConnectionChange {
  readonly id: string;
  readonly before: Connection;
  readonly after: Connection;
}

/** By then an append with all its retries has surely ended. */
const markMs = 60_000;

/**
 * The streams of connections. An append that changes what may be served for a connection is announced in the vault before and settled there
 * afterwards, so that whoever serves a credential never trusts a head that an append, finished or not, may have outdated.
 */
export class ConnectionStreams extends Streams<ChronicledConnection, ConnectionCommand, ConnectionEvent, EventContext> {
  constructor({ store, heads, clock = () => new Date(), onSnapshotProblem = ignored, onChange = nobody }: ConnectionStreamsOptions) {
    super({
      store,
      codec: eventCodec,
      decider: chronicledConnection,
      category: 'connection',
      clock,
      snapshots: { codec: connectionSnapshot, onProblem: onSnapshotProblem },
      around: async ({ id, before, after, context: { commandId } }, append) => {
        const appended = await settling({ heads, clock }, { id, before, after }, commandId, append);
        await onChange({ id, before, after }).catch(ignored);
        return appended;
      },
    });
  }
}

async function settling(
  { heads, clock }: { readonly heads: Heads; readonly clock: () => Date },
  { id, before, after }: ConnectionChange,
  commandId: string,
  append: () => Promise<AppendResult>,
): Promise<AppendResult> {
  if (after.status === 'unknown' || !settlesDifferently(before, after)) return append();
  const command = { workspaceId: after.workspaceId, connectionId: id, commandId };
  await heads.mark({ ...command, until: new Date(clock().getTime() + markMs) });
  const appended = await append().catch(async (error: unknown) => {
    if (isSurelyNotStored(error)) await heads.unmark(command).catch(ignored);
    throw error;
  });
  await heads.settle({ ...command, settled: settledAfter(after) }).catch(ignored);
  return appended;
}

/** Anything else may have been stored, so its mark stays until somebody reads the stream. */
function isSurelyNotStored(error: unknown): boolean {
  return error instanceof WrongExpectedRevision || error instanceof LogIsUnavailable || error instanceof AppendIsTooLarge;
}

function settledAfter(after: Connection): Settled {
  const settled = settledOf(after);
  if (settled === null) throw new TypeError('a connection that exists has something to settle');
  return settled;
}

/** The append has happened, or has not: a mark that stays behind or a snapshot that is missing costs a read of the stream and never a wrong answer. */
function ignored(): void {
  return undefined;
}

function nobody(): Promise<void> {
  return Promise.resolve();
}
