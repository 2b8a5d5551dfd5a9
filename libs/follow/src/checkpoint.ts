import type { Position } from '#event-store';
import { rows, type Transaction } from '#postgres';

/** How far a follower came, and in which log. */
export interface Checkpoint {
  readonly position: Position;
  readonly logId: string;
  /** The event at exactly this position; null where the position was learnt without one. */
  readonly eventId: string | null;
}

/** What this runner would write is somebody else's to write now. Nothing was written, and nothing is wrong with the events. */
export class RunnerIsSuperseded extends Error {
  override readonly name: string = 'RunnerIsSuperseded';
}

/** Somebody else moved the checkpoint: another runner is at work, and this one must write nothing. */
export class CheckpointWasMoved extends RunnerIsSuperseded {
  override readonly name = 'CheckpointWasMoved';
  constructor(name: string, position: Position) {
    super(`the checkpoint of ${name} is no longer at ${String(position)}: another runner is at work`);
  }
}

/** The follower's checkpoint; before the first event of `logId` when there was none. */
export async function readOrBeginCheckpoint(tx: Transaction, name: string, logId: string): Promise<Checkpoint> {
  await rows(
    tx,
    `insert into read_models.projection_checkpoints (name, position, log_id) values ($1, 0, $2) on conflict (name) do nothing`,
    [name, logId],
  );
  const kept = await readCheckpoint(tx, name);
  if (kept === null) throw new Error(`the checkpoint of ${name} was removed meanwhile`);
  return kept;
}

/** Null: nobody ever followed under this name. Held: nobody moves it until the transaction ends. */
export async function readCheckpoint(tx: Transaction, name: string, { held = false } = {}): Promise<Checkpoint | null> {
  const [kept] = await rows<{ position: string; logId: string; eventId: string | null }>(
    tx,
    `select position::text as position, log_id as "logId", event_id as "eventId" from read_models.projection_checkpoints
      where name = $1 ${held ? 'for update' : ''}`,
    [name],
  );
  return kept ? { ...kept, position: BigInt(kept.position) } : null;
}

/** Says up to where the log is in tables that nobody writes now, whatever was said of them before. */
export async function setCheckpoint(tx: Transaction, name: string, { position, logId, eventId }: Checkpoint): Promise<void> {
  await rows(
    tx,
    `insert into read_models.projection_checkpoints (name, position, log_id, event_id) values ($1, $2, $3, $4)
     on conflict (name) do update
       set position = excluded.position, log_id = excluded.log_id, event_id = excluded.event_id, updated_at = now()`,
    [name, String(position), logId, eventId],
  );
}

/**
 * Compare and set, first in the transaction that writes what lies between: of two runners one waits for the other's commit and then finds
 * the checkpoint moved.
 *
 * @throws CheckpointWasMoved
 */
export async function moveCheckpoint(tx: Transaction, name: string, from: Checkpoint, to: Checkpoint): Promise<void> {
  const moved = await rows(
    tx,
    `update read_models.projection_checkpoints set position = $1, event_id = $2, updated_at = now()
      where name = $3 and position = $4 and log_id = $5 returning name`,
    [String(to.position), to.eventId, name, String(from.position), from.logId],
  );
  if (moved.length !== 1) throw new CheckpointWasMoved(name, from.position);
}
