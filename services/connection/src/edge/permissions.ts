import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const roles = ['viewer', 'member', 'admin', 'owner', 'auditor'] as const;
export type Role = (typeof roles)[number];

/** Who may do what: people by their role, services by their scope. `own` are roles that may do it to connections of their own only. */
export interface Permission {
  readonly scope: string;
  readonly roles: readonly Role[];
  readonly own?: readonly Role[];
}

const everybody = roles;
/** People work in workspaces; this is about all of them. */
const nobody: readonly Role[] = [];

/** Every route, by the operation that it is; `open` asks for no token. A route that is not here keeps the process from starting. */
export const permissions = {
  ListConnectors: { scope: 'connections:read', roles: everybody },
  GetConnector: { scope: 'connections:read', roles: everybody },
  GetConnectorSchema: { scope: 'connections:read', roles: everybody },
  ListCategories: { scope: 'connections:read', roles: everybody },
  ListConnections: { scope: 'connections:read', roles: everybody },
  GetConnection: { scope: 'connections:read', roles: everybody },
  CreateConnection: { scope: 'connections:write', roles: ['member', 'admin', 'owner'] },
  EditConnection: { scope: 'connections:write', roles: ['admin', 'owner'], own: ['member'] },
  VerifyConnection: { scope: 'connections:write', roles: ['admin', 'owner'], own: ['member'] },
  RotateCredentials: { scope: 'connections:write', roles: ['admin', 'owner'], own: ['member'] },
  RollBackCredentials: { scope: 'connections:write', roles: ['admin', 'owner'], own: ['member'] },
  DisableConnection: { scope: 'connections:write', roles: ['admin', 'owner'], own: ['member'] },
  EnableConnection: { scope: 'connections:write', roles: ['admin', 'owner'], own: ['member'] },
  RemoveConnection: { scope: 'connections:delete', roles: ['admin', 'owner'], own: ['member'] },
  ReadHistory: { scope: 'audit:read', roles: ['admin', 'owner', 'auditor'], own: ['member'] },
  ListProjections: { scope: 'operations', roles: nobody },
  RebuildProjection: { scope: 'operations', roles: nobody },
  GetRebuild: { scope: 'operations', roles: nobody },
  CancelRebuild: { scope: 'operations', roles: nobody },
  RotateKeys: { scope: 'operations', roles: nobody },
  GetKeyRotation: { scope: 'operations', roles: nobody },
  ShowFirstSteps: 'open',
  ShowProblem: 'open',
} as const satisfies Readonly<Record<string, Permission | 'open'>>;
export type Operation = keyof typeof permissions;

/** What some requests ask for besides their operation: to give a connection to another owner, or to remove one that is in use. */
export const overseeing: Permission = { scope: 'connections:delete', roles: ['admin', 'owner'] };

const operationKey = 'patchbay:operation';

/** Says which operation a route is. */
export const IsOperation = (operation: Operation): CustomDecorator => SetMetadata(operationKey, operation);

export function operationOf(route: object): Operation | undefined {
  return Reflect.getMetadata(operationKey, route) as Operation | undefined;
}
