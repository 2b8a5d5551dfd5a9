import { createLogger, type RunningService } from '#runtime';
import { testDatabase, type TestDatabase } from '#testing';
import { EventStoreDBClient } from '@eventstore/db-client';
import type { EventStoreServerConfig } from '../src/config';
import { startEventStoreServer } from '../src/event-store.module';
import { eventStoreMigrations } from '../src/migrations';

/** A database of its own, the server on it, and the genuine client; all real. */
export interface RunningEventStore {
  readonly database: TestDatabase;
  readonly client: EventStoreDBClient;
  /** `host:port`. */
  readonly target: string;
  /** Where its health and its metrics are; empty unless it was started with a port for them. */
  readonly http: string;
  /** Another client, with connections of its own; at the server's own address unless told. */
  connect(address?: string): EventStoreDBClient;
  /** Another server on the same database. */
  startAnother(): Promise<RunningService>;
  /** Stops the server; what is stored stays. */
  stop(): Promise<void>;
  /** Stops the server and starts one on the same port and database. */
  restart(): Promise<void>;
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

export type Settings = Omit<Partial<EventStoreServerConfig>, 'databaseUrl' | 'port'>;

export const startEventStore = (database: TestDatabase, port: number, settings: Settings = {}): Promise<RunningService> =>
  startEventStoreServer(
    { host: '127.0.0.1', port, databaseUrl: database.urlFor('patchbay_log'), ...settings },
    { logger: createLogger({ process: 'event-store', level: 'silent' }) },
  );

export const runningEventStore = async (settings: Settings = {}): Promise<RunningEventStore> => {
  const database = await testDatabase({ migrations: eventStoreMigrations });
  const services: RunningService[] = [];
  const start = async (port: number): Promise<RunningService> => {
    const service = await startEventStore(database, port, settings);
    services.push(service);
    return service;
  };
  let service = await start(0);
  const address = service.addresses['grpc'] ?? '';
  const clients: EventStoreDBClient[] = [];
  const connect = (to = address): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(to);
    clients.push(client);
    return client;
  };
  return {
    database,
    client: connect(),
    target: new URL(address).host,
    http: service.addresses['http'] ?? '',
    connect,
    startAnother: () => start(0),
    stop: () => service.stop(),
    restart: async () => {
      await service.stop();
      service = await start(Number(new URL(address).port));
    },
    ready: async () => (await service.ready()).every(({ up }) => up),
    close: async () => {
      await Promise.all(clients.map((client) => client.dispose()));
      await Promise.all(services.map((each) => each.stop()));
      await database.drop();
    },
  };
};
