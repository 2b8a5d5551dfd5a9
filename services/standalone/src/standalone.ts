import { readOrCreateRolePasswords, roleUrl, startEmbeddedPostgres, targetOf, type RoleName } from '#postgres';
import { CannotStart, serveMetrics, type Logger, type ProbeResult, type RunningService } from '#runtime';
import type { Secret } from '#secret';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startConnection } from '../../connection/src/connection.module';
import { startEventStoreServer } from '../../event-store/src/event-store.module';
import { startProjections } from '../../projections/src/projections.module';
import type { StandaloneConfig } from './config';
import { openDataFolder } from './data-folder';
import { DataFolderLock } from './data-folder-lock';
import { firstCommands } from './first-commands';
import { openLocalIssuer } from './local-issuer';
import type { LogFile } from './log-file';
import { operatorCommand } from './operator-command';
import { Parts } from './parts';
import { requireEventStore } from './require-event-store';
import { portIsRefused, requirePort } from './require-port';
import { startSampleService } from './start-sample-service';

export interface Surroundings {
  readonly loggerOf: (process: string) => Logger;
  readonly logFile: LogFile;
  /** Prints one line for whoever watches. */
  readonly say: (line: string) => void;
  /** Aborted when the process is to stop before it is there. */
  readonly unwanted: AbortSignal;
}

const readyWithinMs = 30_000;

/**
 * Starts all of Patchbay in this process, each service its own Nest application, in the order Postgres, migrations, event store,
 * projections, connection; stops them in reverse. When one does not start, the others are stopped before it is told.
 *
 * @throws CannotStart
 */
export async function startStandalone(config: StandaloneConfig, surroundings: Surroundings): Promise<RunningService> {
  const parts = new Parts(surroundings.unwanted);
  try {
    return await start(config, surroundings, parts);
  } catch (error) {
    await parts.stop().catch(() => undefined); // what kept it from starting is what people need to hear
    throw asSentence(error, config);
  }
}

async function start(config: StandaloneConfig, { loggerOf, logFile, say, unwanted }: Surroundings, parts: Parts): Promise<RunningService> {
  const { dataFolder } = config;
  await openDataFolder(dataFolder);
  const lock = await DataFolderLock.acquire(dataFolder);
  parts.add({ stop: () => lock.release() });
  const logPath = await logFile.open(dataFolder);
  say(`Patchbay keeps its data in ${dataFolder} and its log in ${logPath}.`);

  const keyRing = join(dataFolder, 'key-ring.json');
  const httpPort = await requirePort(config.httpPort);
  const metricsPort = await requirePort(config.metricsPort, 'PATCHBAY_METRICS_PORT');
  if (config.eventStoreUrl !== undefined) await requireEventStore(config.eventStoreUrl);
  const ownerUrl = config.databaseUrl ?? (await embeddedPostgres(dataFolder, parts, say));
  const database = targetOf(ownerUrl);
  say(await migrate(ownerUrl, dataFolder));
  const urlOf = await roleUrls(ownerUrl, dataFolder);

  const log = await eventLog(config, urlOf('patchbay_log'), parts, loggerOf('event-store'));
  const eventStoreUrl = log.url;
  say(`The event log is at ${new URL(eventStoreUrl.replace(/,[^/?#]*/, '')).host}.`);

  const projections = parts.add(
    await startProjections({ databaseUrl: urlOf('patchbay_projections'), eventStoreUrl }, { logger: loggerOf('projections') }),
  );
  say('The projections follow the log.');

  const sample = parts.add(await startSampleService(dataFolder));
  const sampleUrl = `http://127.0.0.1:${sample.port}`;
  say(`The sample service runs at ${sampleUrl}.`);

  const { issuer, jwksUrl } = await openLocalIssuer(dataFolder);
  const url = `http://127.0.0.1:${httpPort}`;
  const connection = parts.add(
    await startConnection(
      {
        host: '127.0.0.1',
        httpPort,
        publicUrl: url,
        databaseUrl: urlOf('patchbay_connection'),
        jobsDatabaseUrl: urlOf('patchbay_jobs'),
        eventStoreUrl,
        rootKey: { in: 'file', path: keyRing },
        jwksUrl,
        jwtIssuer: issuer,
        outboundAllowedCidrs: [...config.outboundAllowedCidrs, `127.0.0.1/32:${sample.port}`],
        ownEndpoints: [`127.0.0.1:${httpPort}`, `127.0.0.1:${metricsPort}`, `${database.host}:${database.port}`, eventStoreUrl],
      },
      { logger: loggerOf('connection') },
    ),
  );

  const registries = [log, projections, connection].flatMap(({ registry }) => registry ?? []);
  const metrics = await serveMetrics(registries, '127.0.0.1', metricsPort);
  parts.add({ stop: () => metrics.close() });
  say(`What all of it measures is at http://127.0.0.1:${metrics.port}/metrics.`);

  const ready = async (): Promise<readonly ProbeResult[]> => (await Promise.all([projections.ready(), connection.ready()])).flat();
  await untilReady(ready, {
    unwanted,
    onSealed: (how) => say(`The vault is ${how}. Bring it back in ${keyRing}: all goes on by itself then.`),
  });
  const token = await operatorCommand('token', ['--workspace', 'acme', '--role', 'admin', '--expires', '1d'], {
    PATCHBAY_DATA: dataFolder,
  });
  const headersFile = join(dataFolder, 'first-answer-headers');
  sayReady(say, url, firstCommands({ url, token, sampleUrl, apiKey: sample.apiKey, headersFile }));

  return {
    addresses: { http: url },
    ready,
    stop: async () => {
      lock.stopping();
      say('Patchbay is stopping.');
      await parts.stop();
    },
  };
}

async function embeddedPostgres(dataFolder: string, parts: Parts, say: (line: string) => void): Promise<Secret> {
  const postgres = parts.add(await startEmbeddedPostgres({ folder: join(dataFolder, 'postgres'), report: say }));
  return postgres.url;
}

/** Runs the migrations as an operator would, and answers the last thing that was said about them. */
async function migrate(ownerUrl: Secret, dataFolder: string): Promise<string> {
  const output = await operatorCommand('migrate', [], { DATABASE_URL: ownerUrl.reveal(), PATCHBAY_DATA: dataFolder });
  return output.slice(output.lastIndexOf('\n') + 1);
}

async function roleUrls(ownerUrl: Secret, dataFolder: string): Promise<(role: RoleName) => Secret> {
  const passwords = await readOrCreateRolePasswords(dataFolder);
  return (role) => roleUrl(ownerUrl, role, passwords);
}

async function eventLog(
  { eventStoreUrl }: StandaloneConfig,
  databaseUrl: Secret,
  parts: Parts,
  logger: Logger,
): Promise<Pick<RunningService, 'registry'> & { readonly url: string }> {
  if (eventStoreUrl !== undefined) return { url: eventStoreUrl };
  const started = parts.add(await startEventStoreServer({ host: '127.0.0.1', port: 0, databaseUrl }, { logger }));
  const url = started.addresses['grpc'];
  if (url === undefined) throw new Error('The event store named no address');
  return { ...started, url };
}

interface WaitingUntilReady {
  readonly unwanted: AbortSignal;
  /** Told once that a person has to bring a key, and how the vault says so: that is waited for, however long it takes. */
  readonly onSealed: (how: string) => void;
}

async function untilReady(ready: () => Promise<readonly ProbeResult[]>, { unwanted, onSealed }: WaitingUntilReady): Promise<void> {
  let deadline = performance.now() + readyWithinMs;
  for (let toldSealed = false; ;) {
    const down = (await ready()).filter(({ up }) => !up);
    if (down.length === 0) return;
    const sealed = down.find(({ detail }) => detail?.startsWith('sealed'));
    if (sealed?.detail !== undefined) {
      if (!toldSealed) onSealed(sealed.detail);
      toldSealed = true;
      deadline = performance.now() + readyWithinMs;
    }
    if (performance.now() > deadline) {
      const missing = down.map(({ name, detail }) => `${name} (${detail ?? 'no detail'})`).join(', ');
      throw new CannotStart(`Patchbay did not get ready within ${readyWithinMs / 1000} s. Not up: ${missing}.`);
    }
    await pause(100, undefined, { signal: unwanted });
  }
}

function sayReady(say: (line: string) => void, url: string, commands: ReturnType<typeof firstCommands>): void {
  say('');
  say(`Patchbay is ready: ${url}`);
  say('');
  say('Paste these into another terminal, one after the other:');
  for (const { does, line } of commands) {
    say('');
    say(`# ${does}`);
    say(line);
  }
  say('');
  say('Ctrl-C stops it. What it keeps is there at the next start.');
}

/** Errors of the rooms below whose message is the whole sentence a person needs, and the one that tells of a setting of ours. */
function asSentence(error: unknown, { eventStoreUrl, metricsPort }: StandaloneConfig): unknown {
  const { name, message, cause = error } = error as Error;
  const { code, port } = cause as { readonly code?: string; readonly port?: number };
  if (code === 'EADDRINUSE' && port !== undefined) {
    // Taken since it was asked for.
    const variable = port === metricsPort ? 'PATCHBAY_METRICS_PORT' : 'PATCHBAY_HTTP_PORT';
    return new CannotStart(portIsRefused(port, variable, code), { cause });
  }
  if (['EmbeddedPostgresCannotStart', 'FileIsNotPrivate', 'DatabaseUrlIsInvalid'].includes(name))
    return new CannotStart(message, { cause: error });
  if (name === 'LogIsUnavailable' && eventStoreUrl !== undefined) {
    return new CannotStart('What EVENT_STORE_URL names does not answer as EventStoreDB does: check host, port and tls in it.', {
      cause: error,
    });
  }
  return error;
}
