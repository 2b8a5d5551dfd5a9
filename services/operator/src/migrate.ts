import { parseArgs } from 'node:util';
import { isUnavailable } from '#postgres';
import { loadConfig, secretUrl } from '#runtime';
import { z } from 'zod';
import { migrateDatabase } from './migrate-database';

const help = `npm run migrate

Creates Patchbay's roles and brings its tables to what this release expects. Safe to repeat, and to run twice at once.

  DATABASE_URL   the database, as its owner: postgres://patchbay_owner:password@host:5432/patchbay
                 The owner is no superuser and may create roles (createrole).
  PATCHBAY_DATA  the folder that keeps the roles' passwords (role-passwords.json, mode 0600). Missing roles are created and every role
                 gets its password. Without it the roles must exist, and their passwords are left alone.

Ends with 0 when the database is up to date, 1 when a migration failed (it was undone), 69 when the database does not answer, 78 when
the configuration is wrong.
`;

/** sysexits.h */
const unavailable = 69;
const badConfiguration = 78;

const configSchema = z.object({
  DATABASE_URL: secretUrl('postgres', 'postgresql').meta({
    description: 'The database, as its owner.',
    example: 'postgres://patchbay_owner:password@127.0.0.1:5432/patchbay',
  }),
  PATCHBAY_DATA: z.string().optional().meta({ description: 'Where the passwords of the roles are kept.', example: '.patchbay' }),
});

const run = async (): Promise<void> => {
  const config = loadConfig(configSchema);
  try {
    await migrateDatabase({
      databaseUrl: config.DATABASE_URL,
      dataFolder: config.PATCHBAY_DATA ?? null,
      report: (sentence) => process.stdout.write(`${sentence}\n`),
    });
  } catch (error) {
    const { message, code } = failureOf(error);
    process.stderr.write(`${message}\n`);
    process.exitCode = code;
  }
};

const configurationErrors = new Set(['DatabaseUrlIsInvalid', 'OwnerIsUnfit', 'RoleIsUnfit', 'FileIsNotPrivate']);

// Of an error of the server's own only the sentence is shown: the rest of it may quote rows.
const failureOf = (error: unknown): { message: string; code: number } => {
  const { name, code, message } = error as Error & { code?: string };
  if (configurationErrors.has(name)) return { message, code: badConfiguration };
  if (code === '28P01' || code === '28000')
    return { message: 'The database refused the user or the password in DATABASE_URL.', code: badConfiguration };
  if (code === '3D000') return { message: 'There is no database of the name in DATABASE_URL.', code: badConfiguration };
  if (isUnavailable(error)) return { message: `The database in DATABASE_URL does not answer (${code ?? message}).`, code: unavailable };
  return { message, code: 1 };
};

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
if (values.help === true) process.stdout.write(help);
else void run();
