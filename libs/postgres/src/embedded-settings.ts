import { join } from 'node:path';
import { Secret } from '#secret';
import { freePort, isFree } from './free-port';
import { readPrivateJson, writePrivateJson } from './private-file';
import { randomPassword } from './random-password';

/** What the launcher remembers between starts, in `launcher.json` (0600) among the data: passwords and the data they open stay together. */
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

const pathIn = (data: string): string => join(data, 'launcher.json');

/** Null when there is no such file.
 *
 * @throws FileIsNotPrivate
 */
export const readSettings = async (data: string): Promise<EmbeddedSettings | null> => {
  const stored = (await readPrivateJson(pathIn(data))) as Stored | null;
  if (stored === null) return null;
  return {
    port: stored.port,
    superuserPassword: Secret.of(stored.superuserPassword),
    ownerPassword: Secret.of(stored.ownerPassword),
  };
};

export const writeSettings = async (data: string, settings: EmbeddedSettings): Promise<void> => {
  const stored: Stored = {
    port: settings.port,
    superuserPassword: settings.superuserPassword.reveal(),
    ownerPassword: settings.ownerPassword.reveal(),
  };
  await writePrivateJson(pathIn(data), stored);
};

export const newSettings = async (): Promise<EmbeddedSettings> => ({
  port: await freePort(),
  superuserPassword: Secret.of(randomPassword()),
  ownerPassword: Secret.of(randomPassword()),
});

/** The port of the last start while nobody else took it, so that tools keep their address; else another, written down. */
export const settleOnPort = async (data: string, settings: EmbeddedSettings): Promise<EmbeddedSettings> => {
  if (await isFree(settings.port)) return settings;
  const moved = { ...settings, port: await freePort() };
  await writeSettings(data, moved);
  return moved;
};
