import type { Database } from '#postgres';

/** The one follower that feeds all read models. */
export const readModelsFollower = 'read-models';

/** Up to which position of the log the read models are built; 0n before the first event. */
export async function checkpointPosition(database: Database): Promise<bigint> {
  const [checkpoint] = await database.query<{ position: string }>(
    `select position::text as position from read_models.projection_checkpoints where name = $1`,
    [readModelsFollower],
  );
  return BigInt(checkpoint?.position ?? 0);
}
