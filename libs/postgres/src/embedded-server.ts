import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dataIn, serverEnvironment } from './embedded-folder';
import { answers } from './embedded-owner';
import type { EmbeddedSettings } from './embedded-settings';
import { dyingWithParent, type ServerUser } from './server-user';

/** The server did not start; the message ends with its own last words. */
export class EmbeddedPostgresDidNotStart extends Error {
  override readonly name = 'EmbeddedPostgresDidNotStart';
}

interface Launch {
  readonly native: string;
  readonly user: ServerUser;
  readonly settings: EmbeddedSettings;
}

const retryWithinMs = 2_000;
const readyWithinMs = 120_000; // a server that was killed first replays its write-ahead log
const logAtMostBytes = 10_000_000;

/**
 * Starts the server and resolves with its process id when it answers. Tried again for two seconds: what is left of a killed server holds
 * its shared memory for a moment.
 *
 * @throws EmbeddedPostgresDidNotStart
 */
export const launchServer = async (folder: string, launch: Launch): Promise<number> => {
  const deadline = Date.now() + retryWithinMs;
  const log = await startLog(folder);
  for (;;) {
    const pid = await launchOnce(folder, log, launch);
    if (pid !== null) return pid;
    if (Date.now() > deadline) throw new EmbeddedPostgresDidNotStart(`PostgreSQL did not start: ${await lastWords(log)}`);
    await pause(100);
  }
};

/** Null when the server ended before it answered. */
const launchOnce = async (folder: string, log: Log, { native, user, settings }: Launch): Promise<number | null> => {
  const [command, ...args] = [
    ...user.prefix,
    ...dyingWithParent(),
    join(native, 'bin', 'postgres'),
    ...argumentsOf(folder, settings.port),
  ] as [string];
  const file = await open(log.path, 'a', 0o600);
  const child = spawn(command, args, {
    ...user.spawn,
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['ignore', file.fd, file.fd],
    detached: true, // Ctrl-C in a terminal reaches the whole process group: the server must outlive the services that drain into it
  });
  const ended = once(child, 'exit').then(
    () => true,
    () => true, // it could not even be spawned
  );
  child.unref();
  await file.close();
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    if (await Promise.race([ended, pause(25, false)])) return null;
    if (child.pid !== undefined && (await answers(settings))) return child.pid;
  }
  child.kill('SIGQUIT');
  throw new EmbeddedPostgresDidNotStart(`PostgreSQL did not get ready in ${readyWithinMs / 1000} s: ${await lastWords(log)}`);
};

const argumentsOf = (folder: string, port: number): string[] => [
  '-D',
  dataIn(folder),
  '-p',
  String(port),
  ...Object.entries({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    fsync: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Failed statements and the rows they quote hold what people entered.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];

interface Log {
  readonly path: string;
  /** Where this start's lines begin. */
  readonly from: number;
}

const startLog = async (folder: string): Promise<Log> => {
  const path = join(folder, 'postgres.log');
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size < logAtMostBytes) return { path, from: size };
  await rename(path, `${path}.old`);
  return { path, from: 0 };
};

const lastWords = async ({ path, from }: Log): Promise<string> => {
  const lines = (await readFile(path)).subarray(from).toString().trim().split('\n');
  const complaints = lines.filter((line) => /FATAL|PANIC|ERROR|cannot|could not/.test(line));
  return (complaints.at(-1) ?? lines.at(-1) ?? '').replace(/^.*?(FATAL|PANIC|ERROR): +/, '');
};
