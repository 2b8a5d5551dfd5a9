import type { RecordedEvent } from '#event-store';
import { rows, type Transaction } from '#postgres';

/** An event that was not applied: it could not be, or it waits behind an earlier one of its key that could not be. */
export interface ParkedEvent {
  readonly stored: RecordedEvent;
  /** What is kept of the error (`errorText`); null: the event only waits. */
  readonly error: string | null;
}

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
