import { readOrCreateRolePasswords, roleUrl, startEmbeddedPostgres, type RoleName } from '#postgres';
import type { Secret } from '#secret';
import { join } from 'node:path';
import { operatorCommand } from '../operator-command';
import type { Scratch } from '../scratch';

export interface OwnDatabase {
  readonly ownerUrl: Secret;
  readonly urlOf: (role: RoleName) => Secret;
}

/** An embedded PostgreSQL of the bench's own, migrated. */
export async function startOwnDatabase({ folder, parts, say }: Scratch): Promise<OwnDatabase> {
  const { url: ownerUrl } = parts.add(await startEmbeddedPostgres({ folder: join(folder, 'postgres'), report: say }));
  await operatorCommand('migrate', [], { DATABASE_URL: ownerUrl.reveal(), PATCHBAY_DATA: folder });
  const passwords = await readOrCreateRolePasswords(folder);
  return { ownerUrl, urlOf: (role) => roleUrl(ownerUrl, role, passwords) };
}
