import { testDatabase, type TestDatabase } from '#testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { Secret } from '#secret';
import { Database } from './database';
import { targetOf } from './database-target';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres';
import { readSettings } from './embedded-settings';
import { roleNames } from './role-name';
import { readOrCreateRolePasswords, type RolePasswords } from './role-passwords';
import { ensureRoles, OwnerIsUnfit, RoleIsUnfit, roleUrl } from './roles';

describe("the server's roles", () => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await testDatabase();
  });

  afterAll(() => test.drop());

  it.each(roleNames)('%s can log in, and is bound by row policies', async (role) => {
    const database = await Database.open({ url: test.urlFor(role), applicationName: 'spec' });
    expect(
      await database.query(
        `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles where rolname = current_user`,
      ),
    ).toEqual([{ rolname: role, rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false }]);
    await database.close();
  });

  it.each(roleNames)('%s may create nothing and become nobody else', async (role) => {
    const database = await Database.open({ url: test.urlFor(role), applicationName: 'spec' });
    await expect(database.query('create schema mine')).rejects.toMatchObject({ code: '42501' });
    await expect(database.query('create table public.mine ()')).rejects.toMatchObject({ code: '42501' });
    await expect(database.query('create temporary table mine ()')).rejects.toMatchObject({ code: '42501' });
    await expect(database.query('set role patchbay_owner')).rejects.toMatchObject({ code: '42501' });
    await database.close();
  });
});

describe('setting the roles up', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  let passwords: RolePasswords;
  let superuser: Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-roles-'));
    server = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), report: () => undefined });
    passwords = await readOrCreateRolePasswords(folder);
    const settings = await readSettings(join(folder, 'postgres', 'data'));
    superuser = new Client({
      ...targetOf(server.url),
      user: 'postgres',
      database: 'postgres',
      password: () => settings!.superuserPassword.reveal(),
    });
    await superuser.connect();
    await superuser.query(`alter system set log_statement = 'all'`);
    await superuser.query('select pg_reload_conf()');
  });

  afterAll(async () => {
    await superuser.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const urlOf = (user: string) => {
    const url = new URL(server.url.reveal());
    [url.username, url.password] = [user, 'pw'];
    return Secret.of(url.href);
  };

  it('can be done any number of times, also at once, and to change the passwords', async () => {
    await Promise.all([1, 2, 3].map(() => ensureRoles(server.url, passwords)));
    const changed = { ...passwords, patchbay_reader: Secret.of('another-password') };
    await ensureRoles(server.url, changed);
    const reader = await Database.open({ url: roleUrl(server.url, 'patchbay_reader', changed), applicationName: 'spec' });
    await reader.close();
    await expect(Database.open({ url: roleUrl(server.url, 'patchbay_reader', passwords), applicationName: 'spec' })).rejects.toMatchObject({
      code: '28P01',
    });
  });

  it('checks and admits roles that somebody else cares for, and leaves their passwords alone', async () => {
    await ensureRoles(server.url, passwords);
    await ensureRoles(server.url, null);
    const reader = await Database.open({ url: roleUrl(server.url, 'patchbay_reader', passwords), applicationName: 'spec' });
    await reader.close();
    await superuser.query('alter role patchbay_log rename to away');
    await expect(ensureRoles(server.url, null)).rejects.toThrow(RoleIsUnfit);
    await superuser.query('alter role away rename to patchbay_log');
  });

  it('never sends a password in a statement', async () => {
    await ensureRoles(server.url, passwords);
    const { rows: lines } = await superuser.query<{ log: string }>(`select pg_read_file($1) as log`, [
      join(folder, 'postgres', 'postgres.log'),
    ]);
    expect(lines[0]?.log).toContain('alter role patchbay_jobs');
    for (const role of roleNames) expect(lines[0]?.log).not.toContain(passwords[role].reveal());
  });

  it('admits nobody else to the database', async () => {
    await superuser.query(`create role stranger login password 'pw'`);
    await ensureRoles(server.url, passwords);
    await expect(Database.open({ url: urlOf('stranger'), applicationName: 'spec' })).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['may not create roles', 'login', /may not create roles: as a superuser run "alter role clerk createrole" once/],
    ['is a superuser', 'login superuser', /must not be clerk, a superuser or exempt from row policies/],
    ['is exempt from row policies', 'login createrole bypassrls', /must not be clerk, a superuser or exempt from row policies/],
  ])('is refused to an owner who %s, with a sentence that says what to do', async (_, attributes, sentence) => {
    await superuser.query(`create role clerk ${attributes} password 'pw'`);
    await superuser.query('grant connect on database patchbay to clerk');
    const refusal = await ensureRoles(urlOf('clerk'), passwords).catch((error: unknown) => error);
    await superuser.query('revoke all on database patchbay from clerk');
    await superuser.query('drop role clerk');
    expect(refusal).toBeInstanceOf(OwnerIsUnfit);
    expect((refusal as Error).message).toMatch(sentence);
  });

  it('refuses a role of its name that row policies would not bind', async () => {
    await ensureRoles(server.url, passwords);
    await superuser.query('alter role patchbay_jobs bypassrls');
    await expect(ensureRoles(server.url, passwords)).rejects.toThrow(/patchbay_jobs exists and is a superuser or exempt from row policies/);
    await superuser.query('alter role patchbay_jobs nobypassrls');
  });

  it('refuses a role of its name that somebody else created', async () => {
    await superuser.query('revoke patchbay_jobs from patchbay_owner cascade');
    await expect(ensureRoles(server.url, passwords)).rejects.toThrow(/patchbay_jobs exists and was created by somebody else/);
    await superuser.query('grant patchbay_jobs to patchbay_owner with admin option');
  });
});
