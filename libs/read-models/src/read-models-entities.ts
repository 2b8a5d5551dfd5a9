import { Connector } from './connector.entity';
import { ShownAccount } from './shown-account.entity';
import { WorkspaceConnection } from './workspace-connection.entity';

/** For `Database.open`: the queries need them. */
export const readModelsEntities = [Connector, ShownAccount, WorkspaceConnection] as const;
