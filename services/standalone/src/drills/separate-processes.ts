import { join } from 'node:path';
import { startOwnDatabase, type OwnDatabase } from '../bench/own-database';
import { openLocalIssuer } from '../local-issuer';
import { requirePort } from '../require-port';
import type { Scratch } from '../scratch';
import { adminToken } from '../standalone-process';
import type { Recipient } from './requests';
import { ServiceProcess } from './service-process';

export interface SeparateProcessesOptions {
  /** Of services on this machine that connections may lead to. */
  readonly servicePorts: readonly number[];
  /** Done before any of them starts: a log that is there already. */
  readonly beforehand?: (database: OwnDatabase) => Promise<void>;
}

/**
 * Patchbay as production runs it: the event store, the connection service and the projections each in a process of its own, on one embedded
 * PostgreSQL. What it keeps lies in the scratch folder, where `Evidence` finds it.
 */
export class SeparateProcesses {
  private constructor(
    private readonly scratch: Scratch,
    readonly database: OwnDatabase,
    readonly eventStoreUrl: string,
    readonly eventStore: ServiceProcess,
    readonly connection: ServiceProcess,
    readonly projections: ServiceProcess,
    /** Where commands and questions go, as an admin of the workspace `acme`. */
    readonly recipient: Recipient,
  ) {}

  /** Starts all of them, and answers when they are ready. */
  static async start(scratch: Scratch, { servicePorts, beforehand }: SeparateProcessesOptions): Promise<SeparateProcesses> {
    const { folder, parts, unwanted } = scratch;
    const database = await startOwnDatabase(scratch);
    await beforehand?.(database);
    const eventStorePort = await requirePort(0);
    const eventStore = new ServiceProcess({
      name: 'event-store',
      env: { EVENT_STORE_DATABASE_URL: database.urlOf('patchbay_log').reveal(), EVENT_STORE_PORT: String(eventStorePort) },
    });
    const eventStoreUrl = `esdb://127.0.0.1:${eventStorePort}?tls=false`;
    const [url, connection] = await connectionProcess(database, { folder, eventStoreUrl, servicePorts });
    const projections = await projectionsProcess(database, eventStoreUrl);
    for (const process of [eventStore, connection, projections]) {
      process.start();
      parts.add(process);
    }
    await Promise.all([connection.untilReady(unwanted), projections.untilReady(unwanted)]);
    const recipient = { url, token: await adminToken(folder) };
    return new SeparateProcesses(scratch, database, eventStoreUrl, eventStore, connection, projections, recipient);
  }

  /** One more process that may write the read models, ready: it stands by while the first one lives. Its database may be reached differently. */
  async startSecondProjections(database = this.database): Promise<ServiceProcess> {
    const process = await projectionsProcess(database, this.eventStoreUrl);
    process.start();
    this.scratch.parts.add(process);
    await process.untilReady(this.scratch.unwanted);
    return process;
  }

  /** What went wrong in the processes and should not have, a sentence each. */
  get complaints(): readonly string[] {
    return [this.eventStore, this.connection, this.projections].flatMap(({ complaints }) => complaints);
  }
}

async function connectionProcess(
  { urlOf }: OwnDatabase,
  { folder, eventStoreUrl, servicePorts }: SeparateProcessesOptions & { readonly folder: string; readonly eventStoreUrl: string },
): Promise<readonly [url: string, connection: ServiceProcess]> {
  const [httpPort, metricsPort] = [await requirePort(0), await requirePort(0)];
  const url = `http://127.0.0.1:${httpPort}`;
  const { issuer, jwksUrl } = await openLocalIssuer(folder);
  const process = new ServiceProcess({
    name: 'connection',
    healthUrl: url,
    metricsUrl: `http://127.0.0.1:${metricsPort}`,
    env: {
      CONNECTION_HTTP_PORT: String(httpPort),
      CONNECTION_METRICS_PORT: String(metricsPort),
      CONNECTION_PUBLIC_URL: url,
      CONNECTION_DATABASE_URL: urlOf('patchbay_connection').reveal(),
      CONNECTION_JOBS_DATABASE_URL: urlOf('patchbay_jobs').reveal(),
      EVENT_STORE_URL: eventStoreUrl,
      VAULT_KEY_RING: join(folder, 'key-ring.json'),
      CONNECTION_JWKS_URL: jwksUrl,
      CONNECTION_JWT_ISSUER: issuer,
      OUTBOUND_ALLOWED_CIDRS: servicePorts.map((port) => `127.0.0.1/32:${port}`).join(','),
    },
  });
  return [url, process];
}

/** Not started yet. */
export async function projectionsProcess({ urlOf }: OwnDatabase, eventStoreUrl: string): Promise<ServiceProcess> {
  const httpPort = await requirePort(0);
  const url = `http://127.0.0.1:${httpPort}`;
  return new ServiceProcess({
    name: 'projections',
    healthUrl: url,
    metricsUrl: url,
    env: {
      PROJECTIONS_DATABASE_URL: urlOf('patchbay_projections').reveal(),
      PROJECTIONS_HTTP_PORT: String(httpPort),
      EVENT_STORE_URL: eventStoreUrl,
    },
  });
}
