import type { Secret } from '#secret';
import { join } from 'node:path';
import type { Scratch } from '../scratch';
import { startProcess, type StartProcessOptions } from '../started-process';

export interface EventStoreProcess {
  /** What a client connects to: `esdb://127.0.0.1:…`. */
  readonly address: string;
  readonly pid: number;
}

/** The embedded event store, in a process of its own; `execArgv`: options of Node itself. */
export async function startEventStore(
  { parts }: Scratch,
  databaseUrl: Secret,
  options: Pick<StartProcessOptions, 'execArgv'> = {},
): Promise<EventStoreProcess> {
  const main = join(__dirname, '..', '..', '..', 'event-store', 'src', 'main.js');
  const env = { EVENT_STORE_DATABASE_URL: databaseUrl.reveal(), EVENT_STORE_PORT: '0' };
  const process = parts.add(startProcess(main, { env, ...options }));
  return { address: await process.printed((line) => /"grpc":"(esdb:[^"]*)"/.exec(line)?.[1]), pid: process.pid };
}

/** As `startEventStore`; answers its address. */
export async function startEventStoreProcess(scratch: Scratch, databaseUrl: Secret): Promise<string> {
  return (await startEventStore(scratch, databaseUrl)).address;
}

/** A server that stores nothing, in a process of its own. */
export async function startEchoProcess({ parts }: Scratch): Promise<string> {
  const process = parts.add(startProcess(join(__dirname, 'echo-server.js')));
  return process.printed((line) => (line.startsWith('esdb:') ? line : undefined));
}
