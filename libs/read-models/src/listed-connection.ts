import type { WorkspaceConnection } from './workspace-connection.entity';

/** A connection as lists and details show it. */
export interface ListedConnection extends Omit<WorkspaceConnection, 'account'> {
  readonly account: { readonly id: string | null; readonly label: string | null } | null;
  /** When a credential of it was last handed out; null: not known. */
  readonly lastUsedAt: Date | null;
  /** How many workflows declare to use it. */
  readonly usageCount: number;
}

/** Disclosures and usages are streams of their own and will have tables of their own; until then nothing is known of either. */
export function listed({ account, ...row }: WorkspaceConnection): ListedConnection {
  return { ...row, account: account && { id: account.id, label: account.label }, lastUsedAt: null, usageCount: 0 };
}
