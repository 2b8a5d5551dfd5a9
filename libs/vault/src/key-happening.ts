import { rows, type Database, type Transaction } from '#postgres';

export type KeyLevel = 'root' | 'workspace';

/** What became of a key. Ids only: nothing of the key itself. */
export type KeyHappening =
  | {
      readonly type: 'KeyActivated';
      readonly data: {
        readonly level: KeyLevel;
        readonly keyId: string;
        readonly workspaceId: string | null;
        readonly version: number | null;
        readonly rotationId: string | null;
      };
    }
  | {
      readonly type: 'RewrapCompleted';
      readonly data: {
        readonly level: KeyLevel;
        readonly workspaceId: string | null;
        readonly rotationId: string;
        readonly mode: 'rewrap' | 'reencrypt';
        /** Of secrets, or of keys where the root was changed. */
        readonly rows: number;
      };
    }
  | {
      readonly type: 'KeyRetired';
      readonly data: { readonly level: KeyLevel; readonly keyId: string; readonly workspaceId: string | null };
    };

/** Written with the change itself, or not at all; whoever tells the log takes it away afterwards. */
export const noteKeyHappening = async (tx: Transaction, { type, data }: KeyHappening): Promise<void> => {
  await rows(tx, 'insert into vault.key_happenings (type, data) values ($1, $2)', [type, JSON.stringify(data)]);
};

/** What the log is still to be told, in the order it happened. */
export class KeyHappenings {
  constructor(private readonly database: Database) {}

  /** `commandId` is the same however often it is told. */
  async untold(limit: number): Promise<readonly { readonly id: string; readonly commandId: string; readonly happened: KeyHappening }[]> {
    const found = await this.database.query<KeyHappening & { readonly id: string; readonly commandId: string }>(
      `select happening_id as id, command_id as "commandId", type, data from vault.key_happenings order by happening_id limit $1`,
      [limit],
    );
    return found.map(({ id, commandId, type, data }) => ({ id, commandId, happened: { type, data } as KeyHappening }));
  }

  /** The log has it. */
  async told(id: string): Promise<void> {
    await this.database.query('delete from vault.key_happenings where happening_id = $1', [id]);
  }
}
