import type { Transaction } from '#postgres';
import { connectionsInWorkspace } from './connections-in-workspace';
import { listed, type ListedConnection } from './listed-connection';

/** One connection of the workspace that the transaction is in, also a removed one; null for any other id. */
export async function findConnection(tx: Transaction, id: string): Promise<ListedConnection | null> {
  const found = await connectionsInWorkspace(tx).andWhere('c.id = :id', { id }).getOne();
  return found && listed(found);
}
