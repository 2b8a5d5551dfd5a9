import { rows, type Transaction } from '#postgres';
import { readCheckpoint, type Checkpoint } from './checkpoint';

export interface HeldFollower {
  readonly checkpoint: Checkpoint;
  /** The keys it does not go on with. */
  readonly parkedKeys: readonly string[];
}

/** Keeps a follower from writing until the transaction ends, and answers how far it is; null: nobody ever followed under this name. */
export async function holdFollower(tx: Transaction, name: string): Promise<HeldFollower | null> {
  const checkpoint = await readCheckpoint(tx, name, { held: true });
  if (checkpoint === null) return null;
  const parked = await rows<{ key: string }>(tx, `select distinct key from read_models.parked_events where follower = $1`, [name]);
  return { checkpoint, parkedKeys: parked.map(({ key }) => key) };
}
