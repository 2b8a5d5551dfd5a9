import { z } from 'zod';

/** What a stream's newest `$metadata` event hides of it. Other keys, and values that make no sense, hide nothing. */
export interface StreamSettings {
  readonly maxCount?: number | undefined;
  readonly maxAgeSeconds?: number | undefined;
  /** The first revision that is shown. */
  readonly truncateBefore?: number | undefined;
}

const positive = z.int().positive().optional().catch(undefined);

const metadata = z
  .object({ $maxCount: positive, $maxAge: positive, $tb: z.int().nonnegative().optional().catch(undefined) })
  .transform(({ $maxCount, $maxAge, $tb }): StreamSettings => ({ maxCount: $maxCount, maxAgeSeconds: $maxAge, truncateBefore: $tb }))
  .catch({});

export const settingsOf = (data: Uint8Array): StreamSettings => metadata.parse(parsed(data));

const parsed = (data: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'));
  } catch {
    return undefined;
  }
};

/** The revision at which reading a stream begins, given the revision of its last event. */
export const firstShown = ({ maxCount, truncateBefore }: StreamSettings, last: bigint): bigint => {
  const byCount = maxCount === undefined ? 0n : last - BigInt(maxCount) + 1n;
  const byRevision = BigInt(truncateBefore ?? 0);
  return byCount > byRevision ? byCount : byRevision;
};
