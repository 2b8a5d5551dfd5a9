import type { Transaction } from '#postgres';
import type { SelectQueryBuilder } from 'typeorm';
import { ShownAccount } from './shown-account.entity';
import { WorkspaceConnection } from './workspace-connection.entity';

/**
 * The connections of the workspace that `Database.inWorkspace` set, as `c`, each with its account, as `a`. The row policies admit no others
 * either; said here too, it is what the indexes are found by.
 */
export function connectionsInWorkspace(tx: Transaction): SelectQueryBuilder<WorkspaceConnection> {
  return tx
    .createQueryBuilder(WorkspaceConnection, 'c')
    .leftJoinAndMapOne('c.account', ShownAccount, 'a', 'a.workspace_id = c.workspace_id and a.connection_id = c.id')
    .where(`c.workspace_id = current_setting('patchbay.workspace', true)`);
}
