import { overseeing, permissions, roles, type Operation, type Role } from './permissions';
import { onlyWorkspaceOf, reaches, reachOf, type Principal } from './principal';

const actor = { kind: 'user', id: 'ada' } as const;
const person = (role: Role): Principal => ({ kind: 'person', subject: 'ada', actor, workspaceId: 'acme', role });
const service = (workspaces: readonly string[] | '*', ...scopes: string[]): Principal => ({
  kind: 'service',
  subject: 'engine',
  actor,
  workspaces,
  scopes,
});

describe('permissions', () => {
  it('are those of the table that people are told', () => {
    const seen = { viewer: 'all', member: 'all', admin: 'all', owner: 'all', auditor: 'all' };
    const edited = { viewer: null, member: 'own', admin: 'all', owner: 'all', auditor: null };
    const operated = { viewer: null, member: null, admin: null, owner: null, auditor: null };
    expect(table()).toEqual({
      ListConnectors: seen,
      GetConnector: seen,
      GetConnectorSchema: seen,
      ListCategories: seen,
      ListConnections: seen,
      GetConnection: seen,
      CreateConnection: { ...edited, member: 'all' },
      EditConnection: edited,
      VerifyConnection: edited,
      RotateCredentials: edited,
      RollBackCredentials: edited,
      DisableConnection: edited,
      EnableConnection: edited,
      RemoveConnection: edited,
      ReadHistory: { ...edited, auditor: 'all' },
      ListProjections: operated,
      RebuildProjection: operated,
      GetRebuild: operated,
      CancelRebuild: operated,
      RotateKeys: operated,
      GetKeyRotation: operated,
    });
  });

  it('to give a connection away and to remove one in use are those of admins and owners, and of services that may delete', () => {
    expect(roles.filter((role) => reachOf(person(role), overseeing) !== null)).toEqual(['admin', 'owner']);
    expect(reachOf(service('*', 'connections:write'), overseeing)).toBeNull();
    expect(reachOf(service('*', 'connections:delete'), overseeing)).toBe('all');
  });

  it('of a service are its scopes, and no role of people', () => {
    expect(reachOf(service('*', 'connections:read'), permissions.GetConnection)).toBe('all');
    expect(reachOf(service('*', 'connections:read'), permissions.CreateConnection)).toBeNull();
    expect(reachOf(service('*'), permissions.GetConnection)).toBeNull();
  });
});

describe('the workspace of a token', () => {
  it.each<[string, Principal, string, boolean]>([
    ['is a person’s own', person('admin'), 'acme', true],
    ['is no other', person('admin'), 'hooli', false],
    ['is each that a service names', service(['acme', 'hooli']), 'hooli', true],
    ['is none that it does not name', service(['acme']), 'hooli', false],
    ['is any for a service that is for all', service('*'), 'hooli', true],
    ['is never one that there cannot be', service('*'), 'Acme Ltd.', false],
  ])('%s', (_, principal, workspace, reached) => {
    expect(reaches(principal, workspace)).toBe(reached);
  });

  it('is told where there is one only', () => {
    expect(onlyWorkspaceOf(person('viewer'))).toBe('acme');
    expect(onlyWorkspaceOf(service(['hooli']))).toBe('hooli');
    expect([service(['acme', 'hooli']), service('*'), service([])].map(onlyWorkspaceOf)).toEqual([null, null, null]);
  });
});

function table() {
  const closed = Object.entries(permissions).flatMap(([operation, permission]) =>
    permission === 'open' ? [] : [[operation, permission] as const],
  );
  return Object.fromEntries(
    closed.map(([operation, permission]) => [
      operation as Operation,
      Object.fromEntries(roles.map((role) => [role, reachOf(person(role), permission)])),
    ]),
  );
}
