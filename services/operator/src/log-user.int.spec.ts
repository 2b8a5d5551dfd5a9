import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const program = resolve(__dirname, '../../../dist/services/operator/src/log-user.js');
const password = 'canary correct horse';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-users-'));
  file = join(folder, 'users.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const logUser = (args: readonly string[], input = `${password}\n`) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    input,
    encoding: 'utf8',
    env: { EVENT_STORE_USERS: file },
  });
  return { status, stdout, stderr };
};

const users = (): Record<string, { password: string; groups: string[] }> =>
  (JSON.parse(readFileSync(file, 'utf8')) as { users: Record<string, { password: string; groups: string[] }> }).users;

describe('npm run log-user', () => {
  it('adds users to a file that only its owner can read, and shows no password', () => {
    expect(logUser(['ada', '--group', '$admins', '--group', 'writers'])).toMatchObject({ status: 0, stderr: '' });
    const { stdout } = logUser(['bob']);
    expect(users()).toEqual({
      ada: { password: expect.stringMatching(/^\$scrypt\$/), groups: ['$admins', 'writers'] },
      bob: { password: expect.stringMatching(/^\$scrypt\$/), groups: [] },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(stdout + readFileSync(file, 'utf8')).not.toContain('canary');
  });

  it('gives a user another password and other groups', () => {
    logUser(['ada', '--group', 'writers']);
    const before = users()['ada'];
    logUser(['ada']);
    expect(users()['ada']).toMatchObject({ groups: [] });
    expect(users()['ada']?.password).not.toBe(before?.password);
  });

  it.each([
    ['without a name', [], password, 64, /Give the name of one user/],
    ['with a name no address can carry', ['a:b'], password, 64, /Give the name of one user/],
    ['with a password that is too short', ['ada'], 'short\n', 64, /12 characters or more/],
    ['with an option nobody knows', ['ada', '--role', 'x'], password, 64, /Unknown option '--role'\. See --help\./],
  ] as const)('writes nothing %s', (_, args, input, status, sentence) => {
    expect(logUser(args, input)).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(sentence) });
    expect(() => statSync(file)).toThrow('ENOENT');
  });

  it('leaves a file alone that is none of users', () => {
    writeFileSync(file, 'canary', { mode: 0o600 });
    expect(logUser(['ada'])).toMatchObject({ status: 78, stderr: expect.stringMatching(/is not a file of users/) });
    expect(readFileSync(file, 'utf8')).toBe('canary');
  });

  it('explains itself', () => {
    expect(logUser(['--help'], '')).toMatchObject({ status: 0, stdout: expect.stringContaining('EVENT_STORE_USERS'), stderr: '' });
  });
});
