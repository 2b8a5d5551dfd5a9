import { readPrivateJson, writePrivateJson } from '#postgres';
import { CannotStart } from '#runtime';
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';

export interface SampleService {
  readonly apiKey: string;
  readonly port: number;
  stop(): Promise<void>;
}

const Kept = z.object({ apiKey: z.string(), port: z.number().int() });

/**
 * Starts the sample service with the key and the port kept in `<folder>/sample-service.json` (0600): connections made to it before go on
 * working. The key is random, so nobody's example holds a key that opens something here.
 */
export async function startSampleService(folder: string): Promise<SampleService> {
  const path = join(folder, 'sample-service.json');
  const found = Kept.safeParse(await readPrivateJson(path));
  const { apiKey, port: wished } = found.data ?? { apiKey: `orders_${randomBytes(24).toString('base64url')}`, port: 0 };

  const child = fork(join(__dirname, 'sample-service.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: {} });
  child.send({ apiKey, port: wished });
  const [port] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [null])])) as [number | null];
  if (port === null) throw new CannotStart('The sample service ended before it listened.');
  if (port !== wished) await writePrivateJson(path, { apiKey, port });

  return {
    apiKey,
    port,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
