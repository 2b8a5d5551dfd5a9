import type { Secret } from '#secret';
import { ensureRoles, migrate, readOrCreateRolePasswords } from '#postgres';
import { allMigrations } from './all-migrations';

/**
 * Brings roles and tables of the owner's database to what this release expects; a second time it changes nothing. With a folder, the
 * roles' passwords are kept in `<dataFolder>/role-passwords.json` and set; without (null), the roles must exist.
 *
 * @throws whatever #postgres refuses with
 */
export const migrateDatabase = async ({
  databaseUrl,
  dataFolder,
  report,
}: {
  databaseUrl: Secret;
  dataFolder: string | null;
  report: (sentence: string) => void;
}): Promise<void> => {
  await ensureRoles(databaseUrl, dataFolder === null ? null : await readOrCreateRolePasswords(dataFolder));
  report(dataFolder === null ? 'The roles are there.' : `The roles have the passwords kept in ${dataFolder}.`);
  const ran = await migrate({ ownerUrl: databaseUrl, migrations: allMigrations, report: (name) => report(`Ran ${name}.`) });
  report(
    ran.length === 0
      ? 'The tables were up to date.'
      : `The tables are up to date: ${ran.length} of ${allMigrations.length} migrations ran.`,
  );
};
