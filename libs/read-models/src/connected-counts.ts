import { rows, type Transaction } from '#postgres';

/** How many connections the workspace that the transaction is in has, by the connector's key. */
export async function connectedCounts(tx: Transaction): Promise<ReadonlyMap<string, number>> {
  const counts = await rows<{ key: string; count: number }>(
    tx,
    `select connector_key as key, count(*)::integer as count from read_models.workspace_connections
      where workspace_id = current_setting('patchbay.workspace', true) and status <> 'removed' group by connector_key`,
  );
  return new Map(counts.map(({ key, count }) => [key, count]));
}
