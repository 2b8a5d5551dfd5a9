import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { resolve } from 'node:path';

export interface OperatorRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One of the operator's commands as a person runs it: built, and in a process of its own that sees nothing of ours but what is given. */
export async function operatorRun(command: string, environment: Readonly<Record<string, string>>, ...args: string[]): Promise<OperatorRun> {
  const built = resolve(__dirname, '../../../dist/services/operator/src', `${command}.js`);
  const child = spawn(process.execPath, [built, ...args], { env: { PATH: process.env['PATH'], ...environment } });
  const ended = new Promise<number | null>((settle) => child.once('close', settle));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}
