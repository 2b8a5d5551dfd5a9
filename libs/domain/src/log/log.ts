import type { LogEvent } from '#events';
import type { Decider } from '../decider';

export interface OpenLog {
  readonly type: 'OpenLog';
  readonly logId: string;
}

export interface Log {
  readonly logId: string | null;
}

function decide({ logId }: OpenLog, log: Log): readonly LogEvent[] {
  return log.logId === null ? [{ type: 'LogOpened', data: { logId } }] : [];
}

function evolve(_: Log, { data }: LogEvent): Log {
  return { logId: data.logId };
}

/** The identity of the log; whoever starts first opens it. */
export const log: Decider<Log, OpenLog, LogEvent> = { initial: { logId: null }, decide, evolve };
