import type { KeyRotation } from '#vault';
import { z } from 'zod';

/** A change of keys as operators see it. */
export const ShownKeyRotation = z.object({
  id: z.uuid(),
  level: z
    .enum(['root', 'workspace'])
    .describe('`workspace` gives workspaces new keys and moves their secrets under them; `root` wraps the keys of all workspaces anew.'),
  workspaceId: z.string().nullable().describe('null: every workspace.'),
  mode: z
    .enum(['rewrap', 'reencrypt'])
    .describe('`rewrap` changes the keys that wrap. `reencrypt` encrypts each secret anew, for when a key may have been seen by others.'),
  reason: z.enum(['asked', 'worn']).describe('`worn`: the key was ninety days old, or had wrapped as often as it should.'),
  state: z.enum(['waiting', 'running', 'finished']),
  askedBy: z.string(),
  askedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  progress: z.object({
    total: z.int().nonnegative().nullable().describe('Rows when it began: secrets, or keys where the root is changed.'),
    done: z.int().nonnegative(),
    left: z
      .int()
      .nonnegative()
      .nullable()
      .describe('Secrets that hang on former keys now; null for the root. Finished with any: those do not open, and keep their key.'),
  }),
});
export type ShownKeyRotation = z.infer<typeof ShownKeyRotation>;

export function shownKeyRotation(
  { rotationId, askedAt, finishedAt, total, done, ...rotation }: KeyRotation,
  left: number | null,
): ShownKeyRotation {
  const state = finishedAt !== null ? 'finished' : total === null ? 'waiting' : 'running';
  return {
    id: rotationId,
    ...rotation,
    state,
    askedAt: askedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    progress: { total, done, left },
  };
}
