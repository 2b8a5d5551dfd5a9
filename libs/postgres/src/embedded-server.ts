import { once } from 'node:events';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dataIn } from './embedded-folder';
import { answers } from './embedded-owner';
import { EmbeddedPostgresCannotStart } from './embedded-postgres-cannot-start';
import type { EmbeddedSettings } from './embedded-settings';
import { startAs, type ServerUser } from './server-user';

/** What one attempt came to: the process id of a server that answers, or why it ended before it did. */
export type Launched = { readonly pid: number } | { readonly lastWords: string };

const readyWithinMs = 120_000; // a server that was killed replays its write-ahead log first
const logAtMostBytes = 10_000_000;

/**
 * Starts the server once and waits until it answers its owner.
 *
 * @throws EmbeddedPostgresCannotStart when it runs but does not get ready within two minutes
 */
export const launchServer = async (
  folder: string,
  { native, user, settings }: { native: string; user: ServerUser; settings: EmbeddedSettings },
): Promise<Launched> => {
  const log = await beginLog(folder);
  const output = await open(log.path, 'a', 0o600);
  const child = startAs(user, join(native, 'bin', 'postgres'), argumentsOf(folder, settings.port), output.fd);
  const ended = once(child, 'exit').then(
    () => true,
    () => true, // it could not even be started
  );
  child.unref();
  await output.close();
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    if (await Promise.race([ended, pause(25, false)])) return { lastWords: await lastWords(log) };
    if (child.pid !== undefined && (await answers(settings))) return { pid: child.pid };
  }
  child.kill('SIGQUIT');
  throw new EmbeddedPostgresCannotStart(`PostgreSQL did not get ready in ${readyWithinMs / 1000} s: ${await lastWords(log)}`);
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
    // Failed statements, and the rows that PostgreSQL quotes with them, hold what people entered.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];

interface Log {
  readonly path: string;
  /** Where the lines of this start begin. */
  readonly from: number;
}

const beginLog = async (folder: string): Promise<Log> => {
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
  const complaint = lines.findLast((line) => /FATAL|PANIC|ERROR|cannot|could not/.test(line)) ?? lines.at(-1) ?? '';
  return complaint.replace(/^.*?(FATAL|PANIC|ERROR): +/, '') || `see ${path}`;
};
