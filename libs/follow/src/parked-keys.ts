import type { Database } from '#postgres';

/** A stream that a follower does not go on with: one of its events could not be applied, and the later ones wait. */
export interface ParkedKey {
  readonly follower: string;
  readonly key: string;
  /** Of the event that could not be applied. */
  readonly position: bigint;
  readonly revision: number;
  readonly type: string;
  /** Where it failed, and at what; without values. */
  readonly error: string;
  readonly parkedAt: Date;
  /** Events, that one included. */
  readonly waiting: number;
  /** Somebody asked for it to be tried again, and the runner has not come to it yet. */
  readonly isAsked: boolean;
}

/** What is parked, the longest first. */
export async function listParkedKeys(database: Database): Promise<readonly ParkedKey[]> {
  const found = await database.query<Omit<ParkedKey, 'position' | 'revision'> & { position: string; revision: string }>(
    `select distinct on (follower, key) follower, key, position, revision, type, coalesce(error, '') as error, parked_at as "parkedAt",
            (count(*) over whole)::int as waiting, bool_or(asked_at is not null) over whole as "isAsked"
       from read_models.parked_events
     window whole as (partition by follower, key)
      order by follower, key, error is null, position`,
  );
  return found
    .map((parked) => ({ ...parked, position: BigInt(parked.position), revision: Number(parked.revision) }))
    .sort((one, other) => one.parkedAt.getTime() - other.parkedAt.getTime());
}

/** Asks the runner to try the parked events of these keys again, of all keys where none is named; answers which keys it found. */
export async function askToUnpark(database: Database, keys: readonly string[] | 'all'): Promise<readonly string[]> {
  const asked = await database.query<{ key: string }>(
    `update read_models.parked_events set asked_at = now() where $1::text[] is null or key = any($1) returning key`,
    [keys === 'all' ? null : keys],
  );
  return [...new Set(asked.map(({ key }) => key))];
}

/** For the runner: keys of a follower that somebody asked for. */
export async function keysAskedFor(database: Database, follower: string, atMost: number): Promise<readonly string[]> {
  const asked = await database.query<{ key: string }>(
    `select distinct key from read_models.parked_events where follower = $1 and asked_at is not null limit $2`,
    [follower, atMost],
  );
  return asked.map(({ key }) => key);
}

export async function countParked(database: Database, follower: string): Promise<number> {
  const [found] = await database.query<{ parked: number }>(
    `select count(*)::int as parked from read_models.parked_events where follower = $1`,
    [follower],
  );
  return found?.parked ?? 0;
}
