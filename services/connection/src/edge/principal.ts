import type { Actor } from '#events';
import type { Permission, Role } from './permissions';

/** Whoever a token was issued for. */
export type Principal = Person | Service;

interface Known {
  /** An opaque id. */
  readonly subject: string;
  readonly actor: Actor;
}

interface Person extends Known {
  readonly kind: 'person';
  readonly workspaceId: string;
  readonly role: Role;
}

interface Service extends Known {
  readonly kind: 'service';
  readonly workspaces: readonly string[] | '*';
  readonly scopes: readonly string[];
}

export const workspaceIdPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Whether the token is for this workspace. */
export function reaches(principal: Principal, workspaceId: string): boolean {
  if (!workspaceIdPattern.test(workspaceId)) return false;
  if (principal.kind === 'person') return principal.workspaceId === workspaceId;
  return principal.workspaces === '*' || principal.workspaces.includes(workspaceId);
}

/** How far the permission reaches for this principal; null: it has none. */
export function reachOf(principal: Principal, { scope, roles, own = [] }: Permission): 'all' | 'own' | null {
  if (principal.kind === 'service') return principal.scopes.includes(scope) ? 'all' : null;
  if (roles.includes(principal.role)) return 'all';
  return own.includes(principal.role) ? 'own' : null;
}

/** The one workspace the token is for; null where it is for several. */
export function onlyWorkspaceOf(principal: Principal): string | null {
  if (principal.kind === 'person') return principal.workspaceId;
  const [first, ...others] = principal.workspaces === '*' ? [] : principal.workspaces;
  return first !== undefined && others.length === 0 ? first : null;
}
