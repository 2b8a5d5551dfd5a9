import { inspect } from 'node:util';
import { Secret } from '#secret';
import * as fc from 'fast-check';
import { DatabaseUrlIsInvalid, targetOf, urlWith } from './database-target';

const of = (url: string) => targetOf(Secret.of(url));

describe('a database URL', () => {
  it('names server, user and database', () => {
    const { password, ...target } = of('postgres://owner:p%40ss@db.example:6543/patch%20bay');
    expect(target).toEqual({ host: 'db.example', port: 6543, user: 'owner', database: 'patch bay', ssl: false });
    expect(password()).toBe('p@ss');
  });

  it.each([
    ['the usual port', 'postgresql://owner@db.example/patchbay', { port: 5432 }],
    ['an IPv6 address', 'postgres://owner@[::1]/patchbay', { host: '::1' }],
    ['a socket', 'postgres://owner@localhost/patchbay?host=/run/postgresql', { host: '/run/postgresql' }],
    ['verified encryption', 'postgres://owner@db.example/patchbay?sslmode=require', { ssl: { rejectUnauthorized: true } }],
    ['encryption alone', 'postgres://owner@db.example/patchbay?sslmode=no-verify', { ssl: { rejectUnauthorized: false } }],
    [
      'an authority of its own',
      `postgres://owner@db.example/patchbay?sslmode=verify-full&sslrootcert=${__filename}`,
      { ssl: { rejectUnauthorized: true, ca: expect.any(Buffer) } },
    ],
  ])('can mean %s', (_, url, expected) => {
    expect(of(url)).toMatchObject(expected);
  });

  it.each([
    ['is no URL', 'canary'],
    ['is of another server', 'mysql://canary:canary@db.example/patchbay'],
    ['names no user', 'postgres://db.example/patchbay?sslmode=disable'],
    ['names no database', 'postgres://canary@db.example'],
    ['asks for a mode nobody knows', 'postgres://canary@db.example/patchbay?sslmode=prefer'],
    ['asks for something nobody knows', 'postgres://canary:canary@db.example/patchbay?pool=9'],
  ])('is refused when it %s, without being repeated', (_, url) => {
    let refusal: unknown;
    try {
      of(url);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(DatabaseUrlIsInvalid);
    expect(inspect(refusal, { showHidden: true })).not.toContain('canary:');
    expect((refusal as Error).message).not.toContain('canary');
  });

  it('shows no password when what it means is printed', () => {
    expect(inspect(of('postgres://owner:canary@db.example/patchbay'), { showHidden: true, depth: 9 })).not.toContain('canary');
  });

  it('takes any user, password and database, and gives them back', () => {
    const base = Secret.of('postgres://owner:first@db.example:6543/patchbay?sslmode=require');
    const word = fc.string({ unit: 'grapheme', minLength: 1 });
    const path = word.filter((name) => name !== '.' && name !== '..'); // in the path of a URL these are steps and no names (WHATWG URL)
    fc.assert(
      fc.property(word, word, path, (user, password, database) => {
        const target = targetOf(urlWith(base, { user, password: Secret.of(password), database }));
        expect([target.user, target.password(), target.database]).toEqual([user, password, database]);
        expect(target).toMatchObject({ host: 'db.example', port: 6543, ssl: { rejectUnauthorized: true } });
      }),
    );
  });
});
