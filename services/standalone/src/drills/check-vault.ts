import { settledOf } from '#domain';
import { isDeepStrictEqual } from 'node:util';
import type { LogView } from './log-view';

/** What the vault says may be served for a connection. */
export interface Head {
  readonly connectionId: string;
  readonly settled: unknown;
  /** Commands whose append may not be settled: while there is one, the stream is asked instead of the head. */
  readonly marks: number;
}

/** Credentials that the log names and the vault does not have: it is written first. */
export function missingSecrets({ lives }: LogView, sealed: ReadonlySet<string>): readonly string[] {
  return lives.flatMap(({ id, now }) => {
    if (now.status === 'unknown') return [];
    const named = [now.credential, now.candidate, now.previous].flatMap((one) => (one ? [one.secretId] : []));
    return named
      .filter((secretId) => !sealed.has(secretId))
      .map((secretId) => `Connection ${id} names the secret ${secretId}, which the vault lacks.`);
  });
}

/** Heads that are to be trusted, and do not say what the connection's stream adds up to. */
export function falseHeads({ lives }: LogView, heads: readonly Head[]): readonly string[] {
  const known = new Map(heads.map((head) => [head.connectionId, head]));
  return lives.flatMap(({ id, now }) => {
    const head = known.get(id);
    if (!head || head.marks > 0) return [];
    return isDeepStrictEqual(ageless(head.settled), ageless(settledOf(now)))
      ? []
      : [`The vault's head of connection ${id} is not what its stream adds up to.`];
  });
}

/** Events that change nothing of it leave the revision behind. */
function ageless(settled: unknown): unknown {
  return { ...(settled as object | null), revision: null };
}
