'use strict';

const { existsSync } = require('node:fs');
const { mkdtemp, rm } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');

const built = resolve(__dirname, '../../../dist/libs/postgres/src/index.js');

/**
 * Starts one embedded PostgreSQL for the whole run and names it in TESTING_DATABASE_URL; a URL that is set already is used instead. The
 * roles' passwords lie in the folder TESTING_ROLE_PASSWORDS. Specs without a database run without a build, too: then nothing is started
 * and `testDatabase` says what to do.
 */
module.exports = async () => {
  if (!existsSync(built)) return;
  const { ensureRoles, readOrCreateRolePasswords, startEmbeddedPostgres } = require(built);
  const { Secret } = require(resolve(__dirname, '../../../dist/libs/secret/src/index.js'));

  const folder = await mkdtemp(join(tmpdir(), 'patchbay-testing-'));
  const given = process.env.TESTING_DATABASE_URL;
  const embedded = given ? null : await startEmbeddedPostgres({ folder: join(folder, 'postgres'), report: () => undefined });
  const url = given ? Secret.of(given) : embedded.url;
  await ensureRoles(url, await readOrCreateRolePasswords(folder));

  process.env.TESTING_DATABASE_URL = url.reveal();
  process.env.TESTING_ROLE_PASSWORDS = folder;
  globalThis.endTestDatabase = async () => {
    await embedded?.stop();
    await rm(folder, { recursive: true, force: true });
  };
};
