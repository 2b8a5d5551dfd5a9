import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A server process as its `postmaster.pid` describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server that runs on a data folder, or null. The file outlives a killed server, and after a reboot its number may be another
 * program's: then the server would refuse to start for ever, so the file is removed.
 */
export const runningPostmaster = async (data: string): Promise<Postmaster | null> => {
  const path = join(data, 'postmaster.pid');
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null;
  if (programOf(pid) !== 'postgres') {
    await rm(path, { force: true });
    return null;
  }
  return { pid, port };
};

/** Ends a server: orderly (open transactions are undone), after 10 s at once, after 5 s more by force. Resolves when it is gone. */
export const endPostmaster = async (pid: number): Promise<void> => {
  for (const [signal, patienceMs] of [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!send(pid, signal)) return;
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      if (!isAlive(pid)) return;
      await pause(10);
    }
  }
  throw new Error(`The PostgreSQL server (process ${pid}) could not be ended.`);
};

export const isAlive = (pid: number): boolean => send(pid, 0) && !isZombie(pid);

const send = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // alive, but somebody else's
  }
};

// In a container without an init nobody collects an adopted server that ended. Field 3 of proc(5), after the name in parentheses.
const isZombie = (pid: number): boolean => /\) Z /.test(procfs(pid, 'stat') ?? '');

const programOf = (pid: number): string => procfs(pid, 'comm')?.trim() ?? 'postgres'; // without procfs the file is believed

const procfs = (pid: number, name: string): string | null => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return null;
  }
};
