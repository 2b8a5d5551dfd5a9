import { existing, Refused, type Connection, type ExistingConnection } from '#domain';
import type { Asker } from './asker';

/**
 * The connection, if this asker can reach it. Another workspace's connection is as good as none.
 * @throws Refused ConnectionDoesNotExist, PermissionIsMissing
 */
export function withinReach(connection: Connection, { workspaceId, subject, reach }: Asker): ExistingConnection {
  const found = existing(connection);
  if (found.workspaceId !== workspaceId) throw new Refused('ConnectionDoesNotExist');
  if (reach === 'own' && found.owner !== subject) throw new Refused('PermissionIsMissing');
  return found;
}
