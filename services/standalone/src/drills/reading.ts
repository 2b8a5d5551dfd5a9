/** What a process that reads is told. */
export interface ReadingOrder {
  /** Of the database, as the role patchbay_connection. */
  readonly url: string;
  readonly keyRing: string;
  /** Null: every secret once. */
  readonly perSecond: number | null;
}

/** What it came to. */
export interface Reading {
  /** When each was due, in ms since 1970, and how many ms later it was answered. */
  readonly reads: readonly (readonly [at: number, ms: number])[];
  readonly failed: number;
  /** Sentences about the first of those. */
  readonly failures: readonly string[];
}

/** What is sealed under an id, so that whoever opens it can tell. */
export const secretOf = (secretId: string): string => `what was sealed under ${secretId}`;
