import type { Connection } from '#domain';

/** What was begun on a connection and is not finished. */
export type OpenWork =
  | {
      readonly kind: 'candidate';
      readonly secretId: string;
      /** Until when it waits; null: nobody said. */
      readonly until: Date | null;
    }
  | {
      readonly kind: 'verification';
      /** Null where the connector needs no credentials. */
      readonly secretId: string | null;
      readonly until: null;
    };

/** All that could be tried now: nothing of it may be left to the person who began it. */
export function openWorkOf(connection: Connection): readonly OpenWork[] {
  if (connection.status === 'unknown' || connection.removed || connection.disabled) return [];
  const { candidate, condition, credential } = connection;
  const open: OpenWork[] = [];
  if (candidate) {
    open.push({ kind: 'candidate', secretId: candidate.secretId, until: candidate.until === undefined ? null : new Date(candidate.until) });
  }
  if (condition.kind === 'pending' && condition.code === 'verification_pending') {
    open.push({ kind: 'verification', secretId: credential?.secretId ?? null, until: null });
  }
  return open;
}

export function isSameWork(one: Pick<OpenWork, 'kind' | 'secretId'>, other: Pick<OpenWork, 'kind' | 'secretId'>): boolean {
  return one.kind === other.kind && one.secretId === other.secretId;
}
