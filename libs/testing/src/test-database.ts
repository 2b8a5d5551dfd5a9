import { randomUUID } from 'node:crypto';
import { admitRoles, Database, migrate, readOrCreateRolePasswords, roleUrl, urlWith, type Migration, type RoleName } from '#postgres';
import { Secret } from '#secret';
import { leaksInDatabase } from './leaks-in-database';

export interface TestDatabase {
  /** Migrates and owns. */
  readonly ownerUrl: Secret;
  /** What a process of that role gets. */
  urlFor(role: RoleName): Secret;
  /** Ends open connections and removes the database. Throws when a canary is found in it: see `canary`. */
  drop(): Promise<void>;
}

/**
 * An empty database of its own on the server that jest's global setup started (`libs/testing/jest`), with the roles admitted and
 * `migrations` run. Its locale is the poorest there is, so that nothing comes to rely on a better one.
 */
export const testDatabase = async ({ migrations = [] }: { migrations?: readonly Migration[] } = {}): Promise<TestDatabase> => {
  const { serverUrl, passwords } = await server();
  const name = `spec_${randomUUID().replaceAll('-', '')}`;
  const ownerUrl = urlWith(serverUrl, { database: name });
  await asking(serverUrl, `create database ${name} template template0 encoding 'UTF8' locale 'C' ${await localeProvider(serverUrl)}`);
  // This server is never killed (what outlives that is shown by specs with servers of their own), and waiting for the disk is most of a spec's time.
  await asking(serverUrl, `alter database ${name} set synchronous_commit to off`);
  await admitRoles(ownerUrl);
  await migrate({ ownerUrl, migrations, report: () => undefined });
  return {
    ownerUrl,
    urlFor: (role) => roleUrl(ownerUrl, role, passwords),
    drop: async () => {
      const leaks = await leaksInDatabase(ownerUrl);
      await asking(serverUrl, `drop database ${name} with (force)`);
      if (leaks.length > 0) throw new Error(`A secret lies open in the database:\n${leaks.join('\n')}`);
    },
  };
};

const server = async () => {
  const { TESTING_DATABASE_URL: url, TESTING_ROLE_PASSWORDS: folder } = process.env;
  if (url === undefined || folder === undefined) throw new Error('There is no test database: run npm run build first, then the specs.');
  return { serverUrl: Secret.of(url), passwords: await readOrCreateRolePasswords(folder) };
};

/** Before version 15 there was libc only, and no word for it. */
const localeProvider = async (url: Secret): Promise<string> => {
  const [{ version } = { version: 0 }] = await asking<{ version: number }>(
    url,
    `select current_setting('server_version_num')::integer as version`,
  );
  return version < 150_000 ? '' : 'locale_provider libc';
};

const asking = async <Row>(url: Secret, statement: string): Promise<readonly Row[]> => {
  const database = await Database.open({ url, applicationName: 'patchbay-testing', poolSize: 1, statementTimeoutMs: 30_000 });
  try {
    return await database.query<Row>(statement);
  } finally {
    await database.close();
  }
};
