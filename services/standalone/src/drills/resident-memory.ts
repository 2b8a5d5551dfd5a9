import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What a process holds of the machine's memory, in MB (10^6 bytes). Windows has no such program as is asked here. */
export async function residentMemory(pid: number): Promise<number> {
  const kibibytes = process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid);
  if (!(kibibytes > 0))
    throw new Error(`The memory of process ${pid} cannot be read on ${process.platform}: run the drill on Linux or macOS.`);
  return (kibibytes * 1_024) / 1_000_000;
}

async function fromProc(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
}

async function fromPs(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return Number(stdout.trim());
}
