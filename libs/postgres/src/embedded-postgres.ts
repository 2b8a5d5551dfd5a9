import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Secret } from '#secret';
import { AdvisoryLock } from './advisory-lock';
import { locateBinaries } from './embedded-binaries';
import { dataIn, handOver, initialise, isInitialised, prepareFolder } from './embedded-folder';
import { answers, databaseName, ownerName } from './embedded-owner';
import { EmbeddedPostgresDidNotStart, launchServer } from './embedded-server';
import { newSettings, readSettings, withFreePort, writeSettings, type EmbeddedSettings } from './embedded-settings';
import { endPostmaster, runningPostmaster } from './postmaster';
import { serverUser, type ServerUser } from './server-user';

export interface EmbeddedPostgres {
  /** The owner's URL, on 127.0.0.1. */
  readonly url: Secret;
  readonly port: number;
  /** Ends the server when this process is responsible for it; resolves when it is gone. */
  stop(): Promise<void>;
}

const adoptWithinMs = 15_000;

/**
 * Starts the PostgreSQL server that npm installed, with its data in `<folder>/data`, or adopts the one that already runs there. It listens
 * on 127.0.0.1 only, on a port kept in the folder, and writes its log to `<folder>/postgres.log`. `report` gets a sentence per step.
 *
 * @throws EmbeddedFolderIsUnfit | EmbeddedPostgresIsMissing | NobodyCannotReach | EmbeddedPostgresDidNotStart | FileIsNotPrivate
 */
export const startEmbeddedPostgres = async ({
  folder: given,
  report,
}: {
  folder: string;
  report: (sentence: string) => void;
}): Promise<EmbeddedPostgres> => {
  const folder = resolve(given);
  await prepareFolder(folder);
  const adopted = await adopt(folder);
  if (adopted !== null) {
    report(`PostgreSQL already runs on 127.0.0.1:${adopted.settings.port}.`);
    return handle(adopted);
  }
  const native = await locateBinaries();
  const user = await serverUser([folder, native]);
  const settings = await settingsFor(folder, { native, user, report });
  const pid = await launchServer(folder, { native, user, settings });
  report(`PostgreSQL runs on 127.0.0.1:${settings.port}, its files are in ${folder}.`);
  return handle({ settings, pid });
};

interface Running {
  readonly settings: EmbeddedSettings;
  readonly pid: number;
}

/** Whoever holds the lock ends the server: it passes on when the process that started the server was killed and the server was not. */
const handle = async ({ settings, pid }: Running): Promise<EmbeddedPostgres> => {
  const url = Secret.of(`postgres://${ownerName}:${settings.ownerPassword.reveal()}@127.0.0.1:${settings.port}/${databaseName}`);
  const responsibility = await AdvisoryLock.tryAcquire(url, 'patchbay embedded postgres', { applicationName: 'patchbay-launcher' });
  return {
    url,
    port: settings.port,
    stop: async () => {
      if (responsibility === null) return;
      await responsibility.release();
      await endPostmaster(pid);
    },
  };
};

/** A server may be left from a run that was killed. It counts when it answers; one that starts or stops is waited for. */
const adopt = async (folder: string): Promise<Running | null> => {
  const settings = await readSettings(folder);
  if (settings === null) return null;
  const deadline = Date.now() + adoptWithinMs;
  for (;;) {
    const found = await runningPostmaster(dataIn(folder));
    if (found === null || Date.now() > deadline) return null;
    const running = { settings: { ...settings, port: found.port }, pid: found.pid };
    if (await answers(running.settings)) return running;
    await pause(50);
  }
};

const settingsFor = async (
  folder: string,
  { native, user, report }: { native: string; user: ServerUser; report: (sentence: string) => void },
): Promise<EmbeddedSettings> => {
  const known = await readSettings(folder);
  const initialised = await isInitialised(folder);
  if (known === null && initialised) {
    throw new EmbeddedPostgresDidNotStart(
      `${folder} holds a database, but launcher.json with its passwords is missing: restore that file.`,
    );
  }
  const settings = known === null ? await newSettings() : await withFreePort(known);
  await writeSettings(folder, settings);
  if (initialised) await handOver(folder, user);
  else {
    report(`PostgreSQL creates its files in ${folder}.`);
    await initialise(folder, { native, user, password: settings.superuserPassword });
  }
  return settings;
};
