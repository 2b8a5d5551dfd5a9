import { hashPassword, isPasswordHash, passwordMatches } from './password-hash';
import { Users } from './users';

const cheaply = { ln: 8, r: 8, p: 1 };
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('a password', () => {
  it('is kept as a hash that only it matches, another one each time', async () => {
    const hashes = await Promise.all([hashPassword('correct horse', cheaply), hashPassword('correct horse', cheaply)]);
    expect(new Set(hashes).size).toBe(2);
    for (const hash of hashes) {
      expect(isPasswordHash(hash)).toBe(true);
      expect(await passwordMatches('correct horse', hash)).toBe(true);
      expect(await passwordMatches('correct horse ', hash)).toBe(false);
    }
  });

  it('costs a guess what OWASP asks for, unless told', async () => {
    expect(await hashPassword('correct horse')).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
  });

  it('is the same however its letters are composed', async () => {
    expect(await passwordMatches('Bu\u0308ro', await hashPassword('B\u00fcro', cheaply))).toBe(true);
  });

  it('is compared with nothing that is no hash', async () => {
    await expect(passwordMatches('', 'correct horse')).rejects.toThrow('not a hash');
  });
});

describe('users', () => {
  const known = async () => new Users({ ada: { password: await hashPassword('pass:word', cheaply), groups: ['writers'] } });

  it('are found by their credentials, of which the password may hold colons, with their name, their groups and everybody', async () => {
    expect(await (await known()).callerOf(basic('ada:pass:word'))).toEqual({ roles: ['ada', 'writers', '$all'] });
  });

  it.each([
    ['another password', basic('ada:pass')],
    ['another name', basic('bob:pass:word')],
    ['nothing after the name', basic('ada')],
    ['no name and no password', basic('')],
    ['another scheme', 'Bearer ada:pass:word'],
    ['what is not base64', 'Basic äöü'],
  ])('are nobody with %s', async (_, authorization) => {
    expect(await (await known()).callerOf(authorization)).toBeNull();
  });

  it('are compared with their hash once for all of their calls, and for a wrong password each time', async () => {
    const users = await known();
    const [right, wrong] = [basic('ada:pass:word'), basic('ada:wrong')];
    expect(users.callerOf(right)).toBe(users.callerOf(right));
    await users.callerOf(right);
    const first = users.callerOf(wrong);
    await first;
    expect(users.callerOf(wrong)).not.toBe(first);
  });
});
