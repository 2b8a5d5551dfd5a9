/** A rebuild fills a projection's other tables from the beginning of the log; a roll-back brings those that were kept up to date. Then they are shown. */
export type RebuildKind = 'rebuild' | 'roll-back';

/** Asked for and nobody works on it yet, under way, or how it ended. */
export type RebuildState = 'asked' | 'running' | 'done' | 'failed' | 'cancelled';

export interface ProjectionRebuild {
  readonly id: string;
  readonly projection: string;
  readonly kind: RebuildKind;
  /** Of the projection's code that makes the rows: only a release that has it takes the rebuild up. */
  readonly version: number;
  readonly state: RebuildState;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly startedAt: Date | null;
  /** When somebody last worked on it. */
  readonly workedAt: Date | null;
  readonly endedAt: Date | null;
  /** Up to where the log is in its tables. */
  readonly position: bigint;
  /** What it has to reach, as last seen. */
  readonly head: bigint | null;
  readonly eventsPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** Why it failed, and what to do about it. */
  readonly error: string | null;
}

/** For a select or a returning; `rebuildOf` takes what they give. */
export const rebuildColumns = `
  id, projection, kind, version, state, asked_by as "askedBy", asked_at as "askedAt", started_at as "startedAt", worked_at as "workedAt",
  ended_at as "endedAt", position::text as position, head::text as head, events_per_second as "eventsPerSecond",
  case when state = 'running' and positions_per_second > 0 then greatest(head - position, 0) / positions_per_second end as "secondsLeft",
  error`;

export interface RebuildRow extends Omit<ProjectionRebuild, 'position' | 'head'> {
  readonly position: string;
  readonly head: string | null;
}

export function rebuildOf({ position, head, ...row }: RebuildRow): ProjectionRebuild {
  return { ...row, position: BigInt(position), head: head === null ? null : BigInt(head) };
}
