import type { Database } from '#postgres';
import { v7 as uuid } from 'uuid';
import type { KeyLevel } from './key-happening';
import { wrapsAtMost, wrapsBeforeRotation } from './wrap-counter';

/** `rewrap` changes the keys that wrap; `reencrypt` also those that encrypt, for when a wrapping key may have been seen by others. */
export type RotationMode = 'rewrap' | 'reencrypt';

export interface KeyRotationAsked {
  readonly level: KeyLevel;
  /** Null: every workspace. */
  readonly workspaceId: string | null;
  readonly mode: RotationMode;
  readonly reason: 'asked' | 'worn';
  /** The subject who asked; `system` where a key was worn. */
  readonly askedBy: string;
  /** For whoever may ask for the same one again; a new one unless told. */
  readonly rotationId?: string;
}

export interface KeyRotation extends KeyRotationAsked {
  readonly rotationId: string;
  readonly askedAt: Date;
  /** Rows that hung on the keys when it began: secrets, or keys where the root is changed; null before that. */
  readonly total: number | null;
  readonly done: number;
  readonly finishedAt: Date | null;
}

const oldestKeyDays = 90;

const columns = `rotation_id as "rotationId", level, workspace_id as "workspaceId", mode, reason, asked_by as "askedBy", asked_at as "askedAt",
  total::float8 as total, done::float8 as done, finished_at as "finishedAt"`;

/** What changes of keys were asked for, and how far they are. Whoever is told of one may ask again from any process. */
export class KeyRotations {
  constructor(private readonly database: Database) {}

  async ask({ level, workspaceId, mode, reason, askedBy, rotationId = uuid() }: KeyRotationAsked): Promise<KeyRotation> {
    const [asked] = await this.database.query<KeyRotation>(
      `insert into vault.key_rotations (rotation_id, level, workspace_id, mode, reason, asked_by) values ($1, $2, $3, $4, $5, $6)
       on conflict (rotation_id) do nothing returning ${columns}`,
      [rotationId, level, workspaceId, mode, reason, askedBy],
    );
    const rotation = asked ?? (await this.find(rotationId));
    if (rotation === null) throw new TypeError('a rotation that is known was not found');
    return rotation;
  }

  async find(rotationId: string): Promise<KeyRotation | null> {
    const [found] = await this.database.query<KeyRotation>(`select ${columns} from vault.key_rotations where rotation_id = $1`, [
      rotationId,
    ]);
    return found ?? null;
  }

  /** Secrets that hang on former keys of the workspaces it is about; null for the root, on which none hang. */
  async left({ level, workspaceId }: Pick<KeyRotation, 'level' | 'workspaceId'>): Promise<number | null> {
    if (level === 'root') return null;
    const [counted] = await this.database.query<{ left: number }>(
      `select count(*)::int as left from vault.secrets join vault.workspace_keys as key using (kek_id)
        where key.state = 'retired' and ($1::text is null or key.workspace_id = $1)`,
      [workspaceId],
    );
    return counted?.left ?? 0;
  }

  /** One that was asked for already, the same in all that it does, and is not finished; null where there is none. */
  async underWay({ level, workspaceId, mode }: Pick<KeyRotation, 'level' | 'workspaceId' | 'mode'>): Promise<KeyRotation | null> {
    const [found] = await this.database.query<KeyRotation>(
      `select ${columns} from vault.key_rotations
        where finished_at is null and level = $1 and workspace_id is not distinct from $2 and mode = $3 order by asked_at, rotation_id limit 1`,
      [level, workspaceId, mode],
    );
    return found ?? null;
  }

  /** Ids of the keys that exist or, of root keys, on which any key hangs. The proof of a rotation is which of them are gone after it. */
  async keysInUse({ level, workspaceId }: Pick<KeyRotation, 'level' | 'workspaceId'>): Promise<readonly string[]> {
    const found = await this.database.query<{ keyId: string }>(
      level === 'root'
        ? `select root_key_id as "keyId" from vault.workspace_keys where $1::text is null
           union select root_key_id from vault.fingerprint_keys order by 1`
        : `select kek_id::text as "keyId" from vault.workspace_keys where $1::text is null or workspace_id = $1 order by 1`,
      [workspaceId],
    );
    return found.map(({ keyId }) => keyId);
  }

  /** The one that waits the longest. */
  async next(): Promise<KeyRotation | null> {
    const [next] = await this.database.query<KeyRotation>(
      `select ${columns} from vault.key_rotations where finished_at is null order by asked_at, rotation_id limit 1`,
    );
    return next ?? null;
  }

  /** Asks for a new key for each workspace whose key is too old or has wrapped too often, unless that was done. Answers how many. */
  async askForWorn(now: Date): Promise<number> {
    const worn = await this.database.query<{ workspaceId: string }>(
      `select key.workspace_id as "workspaceId" from vault.workspace_keys as key left join vault.key_wraps as wraps using (kek_id)
        where key.state = 'active' and (key.created_at < $1::timestamptz - make_interval(days => $2) or wraps.reserved >= $3)
          and not exists (select 1 from vault.key_rotations as rotation
                           where rotation.finished_at is null and rotation.level = 'workspace'
                             and coalesce(rotation.workspace_id, key.workspace_id) = key.workspace_id)`,
      [now, oldestKeyDays, wrapsBeforeRotation],
    );
    for (const { workspaceId } of worn)
      await this.ask({ level: 'workspace', workspaceId, mode: 'rewrap', reason: 'worn', askedBy: 'system' });
    return worn.length;
  }

  /** How much the key that wrapped most has used of what a key may do, from 0 to 1. */
  async mostWorn(): Promise<number> {
    const [most] = await this.database.query<{ reserved: string }>('select coalesce(max(reserved), 0) as reserved from vault.key_wraps');
    return Number(most?.reserved ?? 0) / wrapsAtMost;
  }
}
