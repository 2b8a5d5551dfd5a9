import { join, resolve } from 'node:path';
import { Database, findEmbeddedPostgres, isUnavailable } from '#postgres';
import { secretUrl } from '#runtime';
import type { Secret } from '#secret';
import { z } from 'zod';
import { ConfigurationIsInvalid } from './run-command';

/** Where the database is, for a command that works beside what runs: named, or the one that the standalone runs. */
export const operatorsDatabaseSchema = z.object({
  DATABASE_URL: secretUrl('postgres', 'postgresql').optional().meta({
    description: 'The database, as its owner; without it, the one that the standalone runs.',
    example: 'postgres://patchbay_owner:password@127.0.0.1:5432/patchbay',
  }),
  PATCHBAY_DATA: z.string().default('.patchbay').meta({ description: "The standalone's data folder.", example: '.patchbay' }),
});

/** @throws ConfigurationIsInvalid */
export async function openOperatorsDatabase({ DATABASE_URL, PATCHBAY_DATA }: z.infer<typeof operatorsDatabaseSchema>): Promise<Database> {
  const url = DATABASE_URL ?? (await ofStandalone(resolve(PATCHBAY_DATA)));
  try {
    return await Database.open({ url, applicationName: 'patchbay-operator', poolSize: 2 });
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    throw new ConfigurationIsInvalid('The database does not answer: check DATABASE_URL, or start Patchbay with npm start.');
  }
}

async function ofStandalone(folder: string): Promise<Secret> {
  const url = await findEmbeddedPostgres(join(folder, 'postgres'));
  if (url) return url;
  throw new ConfigurationIsInvalid(
    `No database runs in ${folder}: start Patchbay with npm start, name its folder in PATCHBAY_DATA, or name another database in DATABASE_URL.`,
  );
}
