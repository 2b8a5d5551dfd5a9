import { randomUUID } from 'node:crypto';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { FileIsRefused } from './file-is-refused';
import { hashPassword, isPasswordHash } from './password-hash';
import { readPrivateFile } from './private-file';

const ownerOnly = 0o600;

/** A name travels as `name:password`, and `$` begins the names of the system's groups. */
const nameSchema = z.string().regex(/^[^$:\s][^:\s]*$/);

const usersFile = z.strictObject({
  format: z.literal('patchbay-event-store-users-1'),
  users: z.record(nameSchema, z.strictObject({ password: z.string().refine(isPasswordHash), groups: z.array(z.string().min(1)) })),
});
export type UsersFile = z.infer<typeof usersFile>;

export const isUserName = (name: string): boolean => nameSchema.safeParse(name).success;

/**
 * Who may call, by name: the hash of their password, and their groups, of which `$admins` may do everything.
 *
 * @throws FileIsRefused
 */
export const readUsersFile = async (path: string): Promise<UsersFile> => {
  const text = await readPrivateFile(path, 'the file of users');
  try {
    return usersFile.parse(JSON.parse(text));
  } catch {
    // Parsers quote what they do not understand, so their complaints are dropped.
    throw new FileIsRefused(`${path} is not a file of users: write it with npm run log-user, or restore it from the backup.`);
  }
};

/** Adds a user to the file, or gives them another password and other groups. Nobody ever reads half of the file. */
export const putUser = async (path: string, name: string, password: string, groups: readonly string[]): Promise<void> => {
  const file = await readUsersFile(path).catch((error: unknown): UsersFile => {
    if (!isMissing(error)) throw error;
    return { format: 'patchbay-event-store-users-1', users: {} };
  });
  file.users[name] = { password: await hashPassword(password), groups: [...groups] };
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: ownerOnly, flag: 'wx', flush: true });
    await chmod(draft, ownerOnly); // whatever the umask
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
};

const isMissing = (error: unknown): boolean =>
  error instanceof FileIsRefused && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
