import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '#secret';
import { readPrivateJson, writePrivateJson } from './private-file';
import { randomPassword } from './random-password';
import { roleNames, type RoleName } from './role-name';

export type RolePasswords = Readonly<Record<RoleName, Secret>>;

/**
 * The passwords of the roles, kept in `<folder>/role-passwords.json` (0600). Created at the first call; a role that the file does not
 * name yet gets its password added.
 *
 * @throws FileIsNotPrivate
 */
export const readOrCreateRolePasswords = async (folder: string): Promise<RolePasswords> => {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'role-passwords.json');
  const known = ((await readPrivateJson(path)) ?? {}) as Partial<Record<RoleName, string>>;
  const passwords = Object.fromEntries(roleNames.map((role) => [role, known[role] ?? randomPassword()])) as Record<RoleName, string>;
  if (roleNames.some((role) => known[role] === undefined)) await writePrivateJson(path, passwords);
  return Object.fromEntries(roleNames.map((role) => [role, Secret.of(passwords[role])])) as Record<RoleName, Secret>;
};
