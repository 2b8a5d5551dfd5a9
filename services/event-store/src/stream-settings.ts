import { z } from 'zod';
import { isMetastream } from './log-event';

/** What a stream's newest `$metadata` event hides of it. Other keys, and values that make no sense, hide nothing. */
export interface StreamSettings {
  readonly maxCount?: number | undefined;
  readonly maxAgeSeconds?: number | undefined;
  /** The first revision that is shown. */
  readonly truncateBefore?: number | undefined;
}

/** `$tb` of a stream that was deleted and may be recreated: 2^63 - 1 as JSON has it, which parsing rounds up. */
const everything = 2 ** 63;

const positive = z.int().positive().optional().catch(undefined);
const revision = z.number().nonnegative().max(everything).refine(Number.isInteger).optional().catch(undefined);

const metadata = z
  .object({ $maxCount: positive, $maxAge: positive, $tb: revision })
  .transform(({ $maxCount, $maxAge, $tb }): StreamSettings => ({ maxCount: $maxCount, maxAgeSeconds: $maxAge, truncateBefore: $tb }))
  .catch({});

const anyObject = z.record(z.string(), z.unknown());

export const settingsOf = (data: Uint8Array): StreamSettings => metadata.parse(parsed(data));

/** `data`: of the newest event in the stream's metastream; null where there is none. Of settings themselves only the newest are in force. */
export const settingsFor = (stream: string, data: Uint8Array | null): StreamSettings => {
  if (isMetastream(stream)) return { maxCount: 1 };
  return data === null ? {} : settingsOf(data);
};

export const isDeleted = ({ truncateBefore }: StreamSettings): boolean => truncateBefore === everything;

export const hidesAnything = ({ maxCount, maxAgeSeconds, truncateBefore }: StreamSettings): boolean =>
  maxCount !== undefined || maxAgeSeconds !== undefined || truncateBefore !== undefined;

/** The revision at which reading a stream begins, given the revision of its last event. */
export const firstShown = ({ maxCount, truncateBefore }: StreamSettings, last: bigint): bigint => {
  const byCount = maxCount === undefined ? 0n : last - BigInt(maxCount) + 1n;
  const byRevision = BigInt(truncateBefore ?? 0);
  return byCount > byRevision ? byCount : byRevision;
};

/** Events stored before it are not shown; null: whatever their age. */
export const oldestShown = ({ maxAgeSeconds }: StreamSettings): Date | null =>
  maxAgeSeconds === undefined ? null : new Date(Date.now() - 1_000 * maxAgeSeconds);

/** The settings that delete a stream until it is recreated. They replace whatever was set. */
export const deletingSettings: Uint8Array = Buffer.from('{"$tb":9223372036854775807}');

/** Settings that deleted a stream, changed so that it begins at a revision; null where they are no JSON object. */
export const recreatingSettings = (deleting: Uint8Array, first: number): Uint8Array | null => {
  const { success, data } = anyObject.safeParse(parsed(deleting));
  return success ? Buffer.from(JSON.stringify({ ...data, $tb: first })) : null;
};

const parsed = (data: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'));
  } catch {
    return undefined;
  }
};
