import type { Secret } from '#secret';
import { join } from 'node:path';
import type { Scratch } from '../scratch';
import { startProcess } from '../started-process';

/** The embedded event store, in a process of its own. Answers where it is: `esdb://127.0.0.1:…`. */
export async function startEventStoreProcess({ parts }: Scratch, databaseUrl: Secret): Promise<string> {
  const main = join(__dirname, '..', '..', '..', 'event-store', 'src', 'main.js');
  const env = { EVENT_STORE_DATABASE_URL: databaseUrl.reveal(), EVENT_STORE_PORT: '0' };
  const process = parts.add(startProcess(main, { env }));
  return process.printed((line) => /"grpc":"(esdb:[^"]*)"/.exec(line)?.[1]);
}

/** A server that stores nothing, in a process of its own. */
export async function startEchoProcess({ parts }: Scratch): Promise<string> {
  const process = parts.add(startProcess(join(__dirname, 'echo-server.js')));
  return process.printed((line) => (line.startsWith('esdb:') ? line : undefined));
}
