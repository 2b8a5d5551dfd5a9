import { auditEntries } from './audit-entries';
import { connectionNames } from './connection-names';
import { connectors } from './connectors';
import type { Projection } from './projection';
import { workspaceConnections } from './workspace-connections';

/** All that is made of the log. The order means nothing: none reads what another wrote. */
export const projections = [connectors, workspaceConnections, connectionNames, auditEntries] as unknown as readonly Projection[];
