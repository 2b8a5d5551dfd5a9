import { rows, type Transaction } from '#postgres';

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
