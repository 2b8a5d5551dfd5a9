import type { Database, Transaction } from '#postgres';
import { connectedCounts } from '#read-models';

/** Somebody who looks into the catalog, which is the same for all but for the counts. */
export interface CatalogInquirer {
  /** The workspace whose connections are counted; null: none is. */
  readonly workspaceId: string | null;
  readonly minPosition?: bigint | undefined;
}

export type Counts = (connectorKey: string) => number | null;

/** One transaction in the inquirer's workspace, and the counts that it sees. */
export function lookingUp<Result>(
  database: Database,
  { workspaceId }: CatalogInquirer,
  work: (tx: Transaction, counts: Counts) => Promise<Result>,
): Promise<Result> {
  if (workspaceId === null) return database.transaction((tx) => work(tx, () => null));
  return database.inWorkspace(workspaceId, async (tx) => {
    const counts = await connectedCounts(tx);
    return work(tx, (key) => counts.get(key) ?? 0);
  });
}
