import { createLogger, type RunningService } from '#runtime';
import { testDatabase, type TestDatabase } from '#testing';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStoreServer } from '../src/event-store.module';
import { eventStoreMigrations } from '../src/migrations';

/** A database of its own, the server on it, and the genuine client; all real. */
export interface RunningEventStore {
  readonly database: TestDatabase;
  readonly client: EventStoreDBClient;
  /** `host:port`. */
  readonly target: string;
  /** Another client, with connections of its own. */
  connect(): EventStoreDBClient;
  /** Another server on the same database. */
  startAnother(): Promise<RunningService>;
  /** Stops the server and starts one on the same port and database. */
  restart(): Promise<void>;
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

export const startEventStore = (database: TestDatabase, port: number): Promise<RunningService> =>
  startEventStoreServer(
    { host: '127.0.0.1', port, databaseUrl: database.urlFor('patchbay_log') },
    { logger: createLogger({ process: 'event-store', level: 'silent' }) },
  );

export const runningEventStore = async (): Promise<RunningEventStore> => {
  const database = await testDatabase({ migrations: eventStoreMigrations });
  const services: RunningService[] = [];
  const start = async (port: number): Promise<RunningService> => {
    const service = await startEventStore(database, port);
    services.push(service);
    return service;
  };
  let service = await start(0);
  const address = service.addresses['grpc'] ?? '';
  const clients: EventStoreDBClient[] = [];
  const connect = (): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(address);
    clients.push(client);
    return client;
  };
  return {
    database,
    client: connect(),
    target: new URL(address).host,
    connect,
    startAnother: () => start(0),
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
