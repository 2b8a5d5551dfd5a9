import { join } from 'node:path';
import { operatorCommand } from './operator-command';
import { startProcess, type StartedProcess } from './started-process';

export interface StandaloneProcessOptions {
  readonly dataFolder: string;
  readonly httpPort: number;
  /** Of services on this machine that connections may lead to, besides the sample service. */
  readonly servicePorts?: readonly number[];
}

/** A standalone as `npm start` runs it, in a process beside this one. */
export interface StandaloneProcess extends StartedProcess {
  /** Resolves once it answers; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** Where its log is. */
  eventStoreUrl(): Promise<string>;
}

export function startStandaloneProcess({ dataFolder, httpPort, servicePorts = [] }: StandaloneProcessOptions): StandaloneProcess {
  const process = startProcess(join(__dirname, 'main.js'), {
    env: {
      PATCHBAY_DATA: dataFolder,
      PATCHBAY_HTTP_PORT: String(httpPort),
      PATCHBAY_METRICS_PORT: '0',
      OUTBOUND_ALLOWED_CIDRS: servicePorts.map((port) => `127.0.0.1/32:${port}`).join(','),
    },
  });
  const ready = process.printed((line) => (line.startsWith('Patchbay is ready') ? true : undefined)).then(() => undefined);
  ready.catch(() => undefined); // for whoever waits for it
  return {
    ...process,
    ready,
    eventStoreUrl: async () => {
      const host = await process.printed((line) => /^The event log is at (\S+)\.$/.exec(line)?.[1]);
      return `esdb://${host}?tls=false`;
    },
  };
}

/** For an admin of the workspace `acme`. */
export function adminToken(dataFolder: string): Promise<string> {
  return operatorCommand('token', ['--workspace', 'acme', '--role', 'admin', '--expires', '1d'], { PATCHBAY_DATA: dataFolder });
}
