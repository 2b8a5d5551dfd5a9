import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '../src/password-hash';

export const passwordOf = (name: string): string => `pass:word of ${name}`;

/** As an address has them: whatever is special there is percent-encoded. */
export const credentialsOf = (name: string, password = passwordOf(name)): string =>
  `${encodeURIComponent(name)}:${encodeURIComponent(password)}`;

/** A file of users with cheap hashes, since each spec compares passwords anew. */
export const usersFile = async (
  groups: Readonly<Record<string, readonly string[]>>,
): Promise<{ path: string; remove(): Promise<void> }> => {
  const cheaply = { ln: 8, r: 8, p: 1 };
  const users = await Promise.all(
    Object.keys(groups).map(
      async (name) => [name, { password: await hashPassword(passwordOf(name), cheaply), groups: groups[name] }] as const,
    ),
  );
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-users-'));
  const path = join(folder, 'users.json');
  await writeFile(path, JSON.stringify({ format: 'patchbay-event-store-users-1', users: Object.fromEntries(users) }), { mode: 0o600 });
  return { path, remove: () => rm(folder, { recursive: true }) };
};
