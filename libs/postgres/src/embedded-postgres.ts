import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Secret } from '#secret';
import { AdvisoryLock } from './advisory-lock';
import { locateBinaries } from './embedded-binaries';
import { dataIn, handOver, initialise, isInitialised, prepareFolder } from './embedded-folder';
import { answers, ownerUrlOf } from './embedded-owner';
import { EmbeddedPostgresCannotStart } from './embedded-postgres-cannot-start';
import { launchServer, type Launched } from './embedded-server';
import { readSettings, settleOnPort, type EmbeddedSettings } from './embedded-settings';
import { endPostmaster, runningPostmaster } from './postmaster';
import { serverUser } from './server-user';

export interface EmbeddedPostgres {
  /** The owner's URL, on 127.0.0.1. */
  readonly url: Secret;
  readonly port: number;
  /** Ends the server when this process is responsible for it; resolves when it is gone. */
  stop(): Promise<void>;
}

type Report = (sentence: string) => void;

/** A server that answers, wherever it came from. */
interface Running {
  readonly settings: EmbeddedSettings;
  readonly pid: number;
}

const adoptWithinMs = 15_000;
const startAgainWithinMs = 2_000;
const leftoversEndWithinMs = 15_000; // longer than Database lets any statement take
const takeOverWithinMs = 1_000;

/**
 * Starts the PostgreSQL server that npm installed, with its data in `<folder>/data`, or adopts the one that already runs there. It listens
 * on 127.0.0.1 only, on a port that the folder remembers, and writes its log to `<folder>/postgres.log`. `report` gets a sentence per step.
 *
 * @throws EmbeddedPostgresCannotStart | FileIsNotPrivate
 */
export const startEmbeddedPostgres = async ({ folder: given, report }: { folder: string; report: Report }): Promise<EmbeddedPostgres> => {
  const folder = resolve(given);
  await prepareFolder(folder);
  const running = (await adopt(folder, report)) ?? (await start(folder, report));
  return handleOf(folder, running);
};

/** A server may be left from a run that was killed. It counts when it answers; one that is starting or stopping is waited for. */
const adopt = async (folder: string, report: Report): Promise<Running | null> => {
  const settings = await readSettings(dataIn(folder));
  if (settings === null) return null;
  const deadline = Date.now() + adoptWithinMs;
  for (;;) {
    const found = await runningPostmaster(dataIn(folder));
    if (found === null || Date.now() > deadline) return null;
    const running = { settings: { ...settings, port: found.port }, pid: found.pid };
    if (await answers(running.settings)) {
      report(`PostgreSQL already runs on 127.0.0.1:${found.port}.`);
      return running;
    }
    await pause(50);
  }
};

/**
 * Tried again for two seconds, as a port or a file may be free a moment later; longer while sessions of a killed server are at work, which
 * the server refuses to start beside.
 */
const start = async (folder: string, report: Report): Promise<Running> => {
  const native = await locateBinaries();
  const user = await serverUser([folder, native]);
  if (await isInitialised(folder)) await handOver(folder, user);
  else {
    report(`PostgreSQL creates its files in ${folder}.`);
    await initialise(folder, { native, user });
  }
  const began = Date.now();
  for (;;) {
    const settings = await settleOnPort(dataIn(folder), await knownSettings(folder));
    const launched: Launched = await launchServer(folder, { native, user, settings });
    if ('pid' in launched) {
      report(`PostgreSQL runs on 127.0.0.1:${settings.port}, with its files in ${folder}.`);
      return { settings, pid: launched.pid };
    }
    const faster = await adopt(folder, report); // somebody who started in the same moment
    if (faster !== null) return faster;
    const patienceMs = launched.lastWords.includes('shared memory') ? leftoversEndWithinMs : startAgainWithinMs;
    if (Date.now() - began > patienceMs) throw new EmbeddedPostgresCannotStart(`PostgreSQL did not start: ${launched.lastWords}`);
    await pause(100);
  }
};

const knownSettings = async (folder: string): Promise<EmbeddedSettings> => {
  const settings = await readSettings(dataIn(folder));
  if (settings !== null) return settings;
  throw new EmbeddedPostgresCannotStart(
    `${dataIn(folder)} misses launcher.json, which holds the passwords of its database: restore that file.`,
  );
};

/**
 * Whoever holds the lock ends the server. It passes on when the process that started the server was killed and the server was not; a
 * second process beside a living one only borrows.
 */
const handleOf = async (folder: string, { settings, pid }: Running): Promise<EmbeddedPostgres> => {
  const url = ownerUrlOf(settings);
  const responsibility = await AdvisoryLock.acquire(url, 'patchbay embedded postgres', {
    applicationName: 'patchbay-launcher',
    signal: AbortSignal.timeout(takeOverWithinMs),
  }).catch((error: unknown) => {
    if ((error as { name?: unknown }).name === 'TimeoutError') return null;
    throw error;
  });
  return {
    url,
    port: settings.port,
    stop: async () => {
      if (responsibility === null) return;
      await responsibility.release();
      const found = await runningPostmaster(dataIn(folder));
      if (found?.pid === pid) await endPostmaster(pid); // it may have been killed, and its number be another's by now
    },
  };
};
