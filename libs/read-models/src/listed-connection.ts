import { foldedName } from './folded-name';
import type { WorkspaceConnection } from './workspace-connection.entity';

/** A connection as lists and details show it. */
export interface ListedConnection extends Omit<WorkspaceConnection, 'account'> {
  readonly account: { readonly id: string | null; readonly label: string | null } | null;
  /** When a credential of it was last handed out; null: not known. */
  readonly lastUsedAt: Date | null;
  /** How many workflows declare to use it. */
  readonly usageCount: number;
  /** Its present name, where it was looked for by one it had before. */
  readonly renamedTo?: string;
}

/** Disclosures and usages are streams of their own and will have tables of their own; until then nothing is known of either. */
export function listed({ account, ...row }: WorkspaceConnection, soughtName?: string): ListedConnection {
  const isRenamed = soughtName !== undefined && foldedName(soughtName) !== row.nameFolded;
  return {
    ...row,
    account: account && { id: account.id, label: account.label },
    lastUsedAt: null,
    usageCount: 0,
    ...(isRenamed && { renamedTo: row.name }),
  };
}
