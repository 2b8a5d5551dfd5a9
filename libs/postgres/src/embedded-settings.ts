import { join } from 'node:path';
import { createServer } from 'node:net';
import { Secret } from '#secret';
import { readPrivateJson, writePrivateJson } from './private-file';
import { randomPassword } from './role-passwords';

/** What the launcher remembers between starts, in `<folder>/launcher.json` (0600). */
export interface EmbeddedSettings {
  readonly port: number;
  /** Of the role `postgres`, which only creates the owner and the database. */
  readonly superuserPassword: Secret;
  readonly ownerPassword: Secret;
}

interface Stored {
  readonly port: number;
  readonly superuserPassword: string;
  readonly ownerPassword: string;
}

const pathIn = (folder: string): string => join(folder, 'launcher.json');

export const readSettings = async (folder: string): Promise<EmbeddedSettings | null> => {
  const stored = (await readPrivateJson(pathIn(folder))) as Stored | null;
  if (stored === null) return null;
  return {
    port: stored.port,
    superuserPassword: Secret.of(stored.superuserPassword),
    ownerPassword: Secret.of(stored.ownerPassword),
  };
};

export const writeSettings = async (folder: string, settings: EmbeddedSettings): Promise<void> => {
  const stored: Stored = {
    port: settings.port,
    superuserPassword: settings.superuserPassword.reveal(),
    ownerPassword: settings.ownerPassword.reveal(),
  };
  await writePrivateJson(pathIn(folder), stored);
};

export const newSettings = async (): Promise<EmbeddedSettings> => ({
  port: await freePort(),
  superuserPassword: Secret.of(randomPassword()),
  ownerPassword: Secret.of(randomPassword()),
});

/** The same port again while nobody else took it, so that tools keep their address. */
export const withFreePort = async (settings: EmbeddedSettings): Promise<EmbeddedSettings> =>
  (await isFree(settings.port)) ? settings : { ...settings, port: await freePort() };

const freePort = (): Promise<number> => listen(0);

const isFree = (port: number): Promise<boolean> =>
  listen(port).then(
    () => true,
    () => false,
  );

const listen = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
