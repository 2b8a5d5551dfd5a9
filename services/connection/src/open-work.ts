import type { Connection } from '#domain';

/** What was begun on a connection and is not finished. */
export type OpenWork = {
  /** The service that is asked; null: none is. */
  readonly target: string | null;
} & (
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
    }
);

/** All that could be tried now: nothing of it may be left to the person who began it. */
export function openWorkOf(connection: Connection): readonly OpenWork[] {
  if (connection.status === 'unknown' || connection.removed || connection.disabled) return [];
  const { candidate, condition, credential, serviceUrl = null } = connection;
  const open: OpenWork[] = [];
  if (candidate) {
    const { secretId, boundTo, until } = candidate;
    open.push({ kind: 'candidate', secretId, until: until === undefined ? null : new Date(until), target: boundTo });
  }
  if (condition.kind === 'pending' && condition.code === 'verification_pending') {
    open.push({ kind: 'verification', secretId: credential?.secretId ?? null, until: null, target: credential?.boundTo ?? serviceUrl });
  }
  return open;
}

export function isSameWork(one: Pick<OpenWork, 'kind' | 'secretId'>, other: Pick<OpenWork, 'kind' | 'secretId'>): boolean {
  return one.kind === other.kind && one.secretId === other.secretId;
}
