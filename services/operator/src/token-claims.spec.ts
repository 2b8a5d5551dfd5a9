import { ArgumentsAreInvalid } from './parsed-arguments';
import { tokenFrom } from './token-claims';

const asked = (line: string) => tokenFrom(line.split(' ').filter((word) => word !== ''));

describe('the token an operator asks for', () => {
  it('is for a person with a role in one workspace, valid for half a day unless told otherwise', () => {
    expect(asked('--workspace acme --role admin')).toEqual({
      claims: { sub: 'local-developer', workspace_id: 'acme', role: 'admin' },
      seconds: 43_200,
    });
    expect(asked('--workspace acme --role viewer --subject ada --expires 30m')).toEqual({
      claims: { sub: 'ada', workspace_id: 'acme', role: 'viewer' },
      seconds: 1_800,
    });
  });

  it('is for a service with scopes in the workspaces named, or in all', () => {
    expect(asked('--service engine --scope connections:read,credentials:resolve --workspaces *')?.claims).toEqual({
      sub: 'engine',
      scope: 'connections:read credentials:resolve',
      workspaces: '*',
    });
    expect(asked('--service engine --scope operations --workspaces acme,globex')?.claims).toMatchObject({ workspaces: ['acme', 'globex'] });
  });

  it('is none when help is asked for', () => {
    expect(asked('--help')).toBeNull();
  });

  it.each([
    ['', /^Say for whom/],
    ['--workspace acme --service engine', /^Say for whom/],
    ['--workspace Acme --role admin', /^--workspace has to match/],
    ['--workspace acme', /^--role is one of viewer, member/],
    ['--workspace acme --role root', /^--role is one of/],
    ['--workspace acme --role admin --scope operations', /^A person has a --role/],
    ['--workspace acme --role admin --subject a/b', /^--subject has to match/],
    ['--service engine --workspaces *', /^--scope is one or more of connections:read/],
    ['--service engine --scope everything --workspaces *', /^--scope is one or more/],
    ['--service engine --scope operations', /^--workspaces is a list/],
    ['--service engine --scope operations --workspaces acme,*', /^--workspaces has to match/],
    ['--service engine --scope operations --workspaces * --role admin', /^A service has a --scope/],
    ['--workspace acme --role admin --expires 0h', /^--expires is a number/],
    ['--workspace acme --role admin --expires 366d', /^--expires is a number/],
    ['--workspace acme --rôle admin', /^Unknown option '--rôle'\. See --help\.$/],
    ['acme', /See --help\.$/],
  ])('is refused in one sentence: %s', (line, sentence) => {
    expect(() => asked(line)).toThrow(ArgumentsAreInvalid);
    expect(() => asked(line)).toThrow(sentence);
  });
});
