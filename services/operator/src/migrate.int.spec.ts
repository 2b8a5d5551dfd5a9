import { testDatabase, type TestDatabase } from '#testing';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { Database, refuseUnknownSchema, roleNames } from '#postgres';
import { allMigrations } from './all-migrations';

jest.setTimeout(60_000); // each run of the command is a process of its own

const built = resolve(__dirname, '../../../dist/services/operator/src/migrate.js');

/** The command as an operator runs it; the roles' passwords are those of the test server, which other specs use at the same time. */
const migrate = (environment: Record<string, string>, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [built, ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

describe('npm run migrate', () => {
  let test: TestDatabase;

  beforeEach(async () => {
    test = await testDatabase();
  });

  afterEach(() => test.drop());

  it('brings an empty database to what every process accepts, and does nothing the second time', async () => {
    const environment = { DATABASE_URL: test.ownerUrl.reveal(), PATCHBAY_DATA: process.env['TESTING_ROLE_PASSWORDS']! };
    const first = migrate(environment);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    for (const { name } of allMigrations) expect(first.stdout).toContain(`Ran ${name}.`);
    expect(migrate(environment)).toMatchObject({ status: 0, stdout: expect.stringMatching(/The tables were up to date\.\n$/) });

    for (const role of roleNames) {
      const database = await Database.open({ url: test.urlFor(role), applicationName: 'spec', poolSize: 1 });
      await refuseUnknownSchema(database, allMigrations);
      await database.close();
    }
  });

  it('leaves passwords alone when it is not told where to keep them', () => {
    expect(migrate({ DATABASE_URL: test.ownerUrl.reveal() })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^The roles are there\./),
    });
  });

  it('keeps the vault from whoever serves rows and the log from everyone but its store', async () => {
    migrate({ DATABASE_URL: test.ownerUrl.reveal() });
    const owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec', poolSize: 1 });
    const reached = await owner.query(
      `select nspname as schema, array_agg(role order by role) as roles
         from pg_namespace, unnest($1::text[]) as role
        where nspname in ('vault', 'log') and has_schema_privilege(role, oid, 'usage') group by nspname order by nspname`,
      [[...roleNames]],
    );
    await owner.close();
    expect(reached).toEqual([
      { schema: 'log', roles: ['patchbay_log'] },
      { schema: 'vault', roles: ['patchbay_connection', 'patchbay_jobs'] },
    ]);
  });

  it.each([
    ['nothing is configured', () => ({}), 78, /DATABASE_URL is not set, for example DATABASE_URL=postgres:/],
    ['a name is misspelt', () => ({ DATABASE_URL: test.ownerUrl.reveal(), PATCHBAY_DATE: '.' }), 78, /did you mean PATCHBAY_DATA/],
    ['the URL has a parameter nobody knows', () => changed((url) => url.searchParams.set('pool', '9')), 78, /does not know: pool\./],
    ['the password is wrong', () => changed((url) => (url.password = 'canary')), 78, /refused the user or the password in DATABASE_URL\./],
    ['the database is not there', () => changed((url) => (url.pathname = '/nowhere')), 78, /no database of the name in DATABASE_URL\./],
    [
      'a role that may not create roles is given as owner',
      () => ({ DATABASE_URL: test.urlFor('patchbay_log').reveal(), PATCHBAY_DATA: process.env['TESTING_ROLE_PASSWORDS']! }),
      78,
      /patchbay_log may not create roles/,
    ],
    ['nobody answers', () => changed((url) => (url.port = '1')), 69, /does not answer \(ECONNREFUSED\)\./],
  ])('says in one sentence what is wrong when %s', (_, environment, status, sentence) => {
    const answer = migrate(environment());
    expect(answer).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(sentence) });
    expect(answer.stderr).not.toContain('canary');
  });

  it('explains itself', () => {
    expect(migrate({}, '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('PATCHBAY_DATA'), stderr: '' });
  });

  const changed = (change: (url: URL) => void) => {
    const url = new URL(test.ownerUrl.reveal());
    change(url);
    return { DATABASE_URL: url.href };
  };
});
