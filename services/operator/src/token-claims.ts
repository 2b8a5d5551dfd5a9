import { ArgumentsAreInvalid, parsedArguments } from './parsed-arguments';

const roles = ['viewer', 'member', 'admin', 'owner', 'auditor'] as const;

const scopes = [
  'connections:read',
  'connections:write',
  'connections:delete',
  'oauth:admin',
  'audit:read',
  'credentials:resolve',
  'operations',
] as const;

const workspaceId = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const subjectId = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/;
const units: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };
const longestSeconds = 365 * 86_400;

/** What a token says beside who issued it and when. */
export type TokenClaims =
  { sub: string; workspace_id: string; role: string } | { sub: string; workspaces: readonly string[] | '*'; scope: string };

/**
 * What to put into the token that the arguments ask for, and for how many seconds it is to be valid; null when they ask for help.
 *
 * @throws ArgumentsAreInvalid
 */
export function tokenFrom(args: readonly string[]): { claims: TokenClaims; seconds: number } | null {
  const given = parse(args);
  if (given.help === true) return null;
  if ((given.workspace === undefined) === (given.service === undefined)) {
    throw new ArgumentsAreInvalid(
      'Say for whom: --workspace and --role for a person, or --service, --scope and --workspaces for a service.',
    );
  }
  const claims = given.workspace === undefined ? serviceClaims(given) : personClaims(given, given.workspace);
  return { claims, seconds: secondsIn(given.expires ?? '12h') };
}

type Given = Partial<Record<'workspace' | 'role' | 'subject' | 'service' | 'scope' | 'workspaces' | 'expires', string>> & {
  help?: boolean;
};

function parse(args: readonly string[]): Given {
  const text = { type: 'string' } as const;
  return parsedArguments({
    args: [...args],
    options: {
      workspace: text,
      role: text,
      subject: text,
      service: text,
      scope: text,
      workspaces: text,
      expires: text,
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

function personClaims({ role, subject = 'local-developer', scope, workspaces }: Given, workspace: string): TokenClaims {
  if (scope !== undefined || workspaces !== undefined) {
    throw new ArgumentsAreInvalid("A person has a --role in one --workspace; --scope and --workspaces are a service's.");
  }
  if (role === undefined || !isOneOf(roles, role)) throw new ArgumentsAreInvalid(`--role is one of ${roles.join(', ')}.`);
  return { sub: checked('--subject', subject, subjectId), workspace_id: checked('--workspace', workspace, workspaceId), role };
}

function serviceClaims({ service = '', scope = '', workspaces, role, subject }: Given): TokenClaims {
  if (role !== undefined || subject !== undefined) {
    throw new ArgumentsAreInvalid("A service has a --scope and --workspaces; --role and --subject are a person's.");
  }
  const asked = listIn(scope);
  if (asked.length === 0 || !asked.every((it) => isOneOf(scopes, it))) {
    throw new ArgumentsAreInvalid(`--scope is one or more of ${scopes.join(', ')}, separated by commas.`);
  }
  if (workspaces === undefined) throw new ArgumentsAreInvalid("--workspaces is a list separated by commas, or '*' for all.");
  return {
    sub: checked('--service', service, subjectId),
    workspaces: workspaces === '*' ? '*' : listIn(workspaces).map((it) => checked('--workspaces', it, workspaceId)),
    scope: asked.join(' '), // RFC 9068: separated by spaces
  };
}

function secondsIn(duration: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,5})([mhd])$/.exec(duration) ?? [];
  const seconds = Number(count) * (units[unit] ?? 0);
  if (seconds === 0 || seconds > longestSeconds) {
    throw new ArgumentsAreInvalid('--expires is a number of minutes, hours or days up to a year: 30m, 12h, 7d.');
  }
  return seconds;
}

function checked(option: string, text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw new ArgumentsAreInvalid(`${option} has to match ${pattern.source}.`);
  return text;
}

function listIn(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '');
}

function isOneOf(known: readonly string[], text: string): boolean {
  return known.includes(text);
}
