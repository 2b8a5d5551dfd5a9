import { AuditEntry } from './audit-entry.entity';
import { Connector } from './connector.entity';
import { ShownAccount } from './shown-account.entity';
import { WorkspaceConnection } from './workspace-connection.entity';

/** For `Database.open`: the queries need them. */
export const readModelsEntities = [AuditEntry, Connector, ShownAccount, WorkspaceConnection] as const;
