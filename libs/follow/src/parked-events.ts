import type { RecordedEvent } from '#event-store';
import { rows, type Transaction } from '#postgres';

/** An event that was not applied: it could not be, or it waits behind an earlier one of its key that could not be. */
export interface ParkedEvent {
  readonly stored: RecordedEvent;
  /** What is kept of the error (`errorText`); null: the event only waits. */
  readonly error: string | null;
}

/** What tells an event of a key from its others. */
export type PlaceOfEvent = Pick<RecordedEvent, 'revision' | 'position'>;

/** What must stay in order: the stream. */
export function keyOf({ stream }: RecordedEvent): string {
  return stream;
}

/** Those of the keys for which an event is parked. */
export async function parkedKeys(tx: Transaction, follower: string, keys: readonly string[]): Promise<Set<string>> {
  const parked = await rows<{ key: string }>(
    tx,
    `select distinct key from read_models.parked_events where follower = $1 and key = any($2)`,
    [follower, keys],
  );
  return new Set(parked.map(({ key }) => key));
}

export async function park(tx: Transaction, follower: string, parked: readonly ParkedEvent[]): Promise<void> {
  if (parked.length === 0) return;
  await rows(
    tx,
    `insert into read_models.parked_events (follower, key, position, revision, event_id, type, error)
     select $1, p.* from unnest($2::text[], $3::bigint[], $4::bigint[], $5::uuid[], $6::text[], $7::text[]) as p
     on conflict do nothing`,
    [
      follower,
      parked.map(({ stored }) => keyOf(stored)),
      parked.map(({ stored }) => String(stored.position)),
      parked.map(({ stored }) => stored.revision),
      parked.map(({ stored }) => stored.id),
      parked.map(({ stored }) => stored.type),
      parked.map(({ error }) => error),
    ],
  );
}

/** A key's parked events that come first, in their order. */
export async function firstParked(tx: Transaction, follower: string, key: string, atMost: number): Promise<readonly PlaceOfEvent[]> {
  const parked = await rows<{ revision: string; position: string }>(
    tx,
    `select revision, position from read_models.parked_events where follower = $1 and key = $2 order by position limit $3`,
    [follower, key, atMost],
  );
  return parked.map(({ revision, position }) => ({ revision: Number(revision), position: BigInt(position) }));
}

/** These were applied, or are no longer in the log. */
export async function forgetParked(tx: Transaction, follower: string, key: string, positions: readonly bigint[]): Promise<void> {
  await rows(tx, `delete from read_models.parked_events where follower = $1 and key = $2 and position = any($3::bigint[])`, [
    follower,
    key,
    positions.map(String),
  ]);
}

/** The first one still could not be applied: it says so anew, and nobody asks for the key any more. */
export async function keepParked(tx: Transaction, follower: string, key: string, first: ParkedEvent): Promise<void> {
  await rows(
    tx,
    `update read_models.parked_events set asked_at = null, error = case when position = $3 then $4 else error end
      where follower = $1 and key = $2`,
    [follower, key, String(first.stored.position), first.error],
  );
}
