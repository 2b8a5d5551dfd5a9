import type { SealedCredentials } from '#custody';
import { connection, existing, type ConnectionCommand, type ExistingConnection } from '#domain';
import type { Commander } from './asker';
import type { CheckedConnection } from './entered-connection';

/** What makes a new connection, but for its verification. */
export function factsOf(
  { definition, authType, serviceUrl, settings, environment, labels, expiresAt }: CheckedConnection,
  name: string,
  { workspaceId, subject }: Pick<Commander, 'workspaceId' | 'subject'>,
  sealed: Omit<SealedCredentials, 'secret'> | null,
): readonly ConnectionCommand[] {
  const create: ConnectionCommand = {
    type: 'Create',
    workspaceId,
    connectorKey: definition.key,
    connectorVersion: definition.version,
    name,
    authType,
    ...(serviceUrl !== undefined && { serviceUrl }),
    settings,
    ...(environment !== undefined && { environment }),
    owner: subject,
    labels,
  };
  if (!sealed) return [create];
  const { secretId, fingerprint, display, boundTo } = sealed;
  const provide: ConnectionCommand = {
    type: 'ProvideCredentials',
    secretId,
    fingerprint,
    ...(display !== undefined && { display }),
    boundTo,
    source: 'entered',
    ...(expiresAt !== undefined && { expiresAt }),
  };
  return [create, provide];
}

/** The connection that these commands are about to make: what is verified is exactly what will be kept. */
export function connectionToBe(commands: readonly ConnectionCommand[]): ExistingConnection {
  const { initial, decide, evolve } = connection;
  return existing(commands.reduce((state, command) => decide(command, state, new Date()).reduce(evolve, state), initial));
}
