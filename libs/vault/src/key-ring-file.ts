import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { keyBytes } from './wrapped-key';

const ownerOnly = 0o600;

/** `keys` by id, each 32 bytes in base64; the `active` one wraps, every other one only unwraps what it wrapped. */
const KeyRingFile = z
  .strictObject({
    format: z.literal('patchbay-key-ring-1'),
    active: z.string(),
    keys: z.record(
      z.string(),
      z.base64().refine((key) => Buffer.from(key, 'base64').length === keyBytes),
    ),
  })
  .refine(({ active, keys }) => Object.hasOwn(keys, active));
export type KeyRingFile = z.infer<typeof KeyRingFile>;

/** The key ring cannot be used as it is. The message says what to do; it never shows what is in the file. */
export class KeyRingIsRefused extends Error {
  override readonly name = 'KeyRingIsRefused';
}

/** Null where there is no file. Throws `KeyRingIsRefused` where it is open to others, unreadable or not a key ring. */
export const readKeyRing = async (path: string): Promise<KeyRingFile | null> => {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw new KeyRingIsRefused(`the key ring ${path} cannot be read (${codeOf(error)})`);
  });
  if (file === null) return null;
  try {
    // The open file is judged, not its path: the path may name another file a moment later.
    const permissions = (await file.stat()).mode & 0o777;
    if (permissions !== ownerOnly && process.platform !== 'win32') {
      throw new KeyRingIsRefused(`the key ring ${path} has mode 0${permissions.toString(8)} and must have 0600: run chmod 600 ${path}`);
    }
    return parse(await file.readFile('utf8'), path);
  } finally {
    await file.close();
  }
};

/**
 * One new key. Processes that start at once all answer with the one ring that ended up in the file, and nobody ever reads half of one.
 * Throws `KeyRingIsRefused` where the file cannot be written.
 */
export const createKeyRing = async (path: string): Promise<KeyRingFile> => {
  const active = uuid();
  const ring: KeyRingFile = { format: 'patchbay-key-ring-1', active, keys: { [active]: randomBytes(keyBytes).toString('base64') } };
  await putInPlace(path, `${JSON.stringify(ring, null, 2)}\n`).catch((error: unknown) => {
    throw new KeyRingIsRefused(`the key ring ${path} cannot be created (${codeOf(error)})`);
  });
  const winner = await readKeyRing(path);
  if (winner === null) throw new KeyRingIsRefused(`the key ring ${path} was taken away while it was created`);
  return winner;
};

/**
 * One key more, which is the active one from then on. Whoever reads meanwhile reads the ring of before or of after, never half of one; two
 * that add at once may lose one of the two new keys, which nothing hangs on yet, so only one process may be at it.
 * Throws `KeyRingIsRefused`.
 */
export const addKey = async (path: string): Promise<KeyRingFile> => {
  const ring = await readKeyRing(path);
  if (ring === null) throw new KeyRingIsRefused(`the key ring ${path} is gone: restore it from the backup`);
  const active = uuid();
  const grown: KeyRingFile = { ...ring, active, keys: { ...ring.keys, [active]: randomBytes(keyBytes).toString('base64') } };
  await replace(path, `${JSON.stringify(grown, null, 2)}\n`).catch((error: unknown) => {
    throw new KeyRingIsRefused(`the key ring ${path} cannot be written (${codeOf(error)})`);
  });
  return grown;
};

/** Parsers quote what they do not understand, so their complaints are dropped. */
const parse = (text: string, path: string): KeyRingFile => {
  try {
    return KeyRingFile.parse(JSON.parse(text));
  } catch {
    throw new KeyRingIsRefused(`${path} is not a key ring: restore it from the backup, or move it away to start with a new one`);
  }
};

/** Made durable beside its place, then linked into it: unlike a rename, a link fails where another process was faster. */
const putInPlace = async (path: string, text: string): Promise<void> => {
  const folder = dirname(path);
  const draft = `${path}.${uuid()}`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await writeDurably(draft, text);
    await link(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
};

/** Made durable beside its place, then moved over what is there. */
const replace = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.${uuid()}`;
  try {
    await writeDurably(draft, text);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
};

const writeDurably = async (path: string, text: string): Promise<void> => {
  const file = await open(path, 'wx', ownerOnly);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
};

/** A new name is durable once its folder is. Windows cannot open a folder, and needs none of this. */
const syncFolder = async (path: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown';
