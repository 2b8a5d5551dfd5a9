import { randomUUID } from 'node:crypto';
import { admitRoles, Database, migrate, readOrCreateRolePasswords, roleUrl, urlWith, type Migration, type RoleName } from '#postgres';
import { Secret } from '#secret';

export interface TestDatabase {
  /** Migrates and owns. */
  readonly ownerUrl: Secret;
  /** What a process of that role gets. */
  urlFor(role: RoleName): Secret;
  /** Ends open connections and removes the database. */
  drop(): Promise<void>;
}

/**
 * An empty database of its own on the server that jest's global setup started (`libs/testing/jest`), with the roles admitted and
 * `migrations` run.
 */
export const testDatabase = async ({ migrations = [] }: { migrations?: readonly Migration[] } = {}): Promise<TestDatabase> => {
  const { serverUrl, passwords } = await server();
  const name = `spec_${randomUUID().replaceAll('-', '')}`;
  const ownerUrl = urlWith(serverUrl, { database: name });
  await asking(serverUrl, `create database ${name}`);
  // This server is never killed (what outlives that is shown by specs with servers of their own), and waiting for the disk is most of a spec's time.
  await asking(serverUrl, `alter database ${name} set synchronous_commit to off`);
  await admitRoles(ownerUrl);
  await migrate({ ownerUrl, migrations, report: () => undefined });
  return {
    ownerUrl,
    urlFor: (role) => roleUrl(ownerUrl, role, passwords),
    drop: () => asking(serverUrl, `drop database if exists ${name} with (force)`),
  };
};

const server = async () => {
  const { TESTING_DATABASE_URL: url, TESTING_ROLE_PASSWORDS: folder } = process.env;
  if (url === undefined || folder === undefined) throw new Error('There is no test database: run npm run build first, then the specs.');
  return { serverUrl: Secret.of(url), passwords: await readOrCreateRolePasswords(folder) };
};

const asking = async (url: Secret, statement: string): Promise<void> => {
  const database = await Database.open({ url, applicationName: 'patchbay-testing', poolSize: 1, statementTimeoutMs: 30_000 });
  try {
    await database.query(statement);
  } finally {
    await database.close();
  }
};
