import type { ListedProjection, ProjectionRebuild } from '#read-models';
import { z } from 'zod';

const time = z.iso.datetime().nullable();

/** A rebuild as operators see it. */
export const ShownRebuild = z.object({
  id: z.uuid(),
  projection: z.string(),
  kind: z
    .enum(['rebuild', 'roll-back'])
    .describe('A rebuild reads the whole log into tables beside those that are shown; a roll-back brings the kept ones up to date.'),
  version: z.int().positive().describe('Of the projection’s code: a running release must have it.'),
  state: z.enum(['asked', 'running', 'done', 'failed', 'cancelled']),
  askedBy: z.string(),
  askedAt: z.iso.datetime(),
  startedAt: time,
  workedAt: time.describe('When somebody last worked on it.'),
  endedAt: time,
  progress: z.object({
    position: z.string().describe('How far the log is in its tables.'),
    head: z.string().nullable().describe('What it has to reach, as last seen.'),
    eventsPerSecond: z.number().nonnegative().nullable(),
    secondsLeft: z.number().nonnegative().nullable(),
  }),
  error: z.string().nullable().describe('Why it failed, and what to do about it.'),
});
export type ShownRebuild = z.infer<typeof ShownRebuild>;

export const ShownProjection = z.object({
  name: z.string(),
  version: z.int().positive().nullable().describe('Of the code that made what readers see; null: nothing has been made yet.'),
  keptVersion: z.int().positive().nullable().describe('Of what is kept for a roll-back; null: nothing is.'),
  rebuild: ShownRebuild.nullable().describe('The one that was asked for last.'),
});
export type ShownProjection = z.infer<typeof ShownProjection>;

export function shownRebuild({ position, head, eventsPerSecond, secondsLeft, ...rebuild }: ProjectionRebuild): ShownRebuild {
  const { askedAt, startedAt, workedAt, endedAt, ...rest } = rebuild;
  return {
    ...rest,
    askedAt: askedAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    workedAt: workedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
    progress: { position: String(position), head: head === null ? null : String(head), eventsPerSecond, secondsLeft },
  };
}

export function shownProjection({ rebuild, ...projection }: ListedProjection): ShownProjection {
  return { ...projection, rebuild: rebuild && shownRebuild(rebuild) };
}
