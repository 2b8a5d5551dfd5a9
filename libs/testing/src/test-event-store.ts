import { createLogger, type RunningService } from '#runtime';
import type { Secret } from '#secret';
import type { TlsFiles } from '../../../services/event-store/src/tls-identity';
import { testDatabase } from './test-database';

export interface TestEventStore {
  /** What a client connects to. */
  readonly url: string;
  readonly port: number;
  /** The database it keeps the log in, as its owner: for doing what the server never does. */
  readonly ownerUrl: Secret;
  /** Stops the server; what is stored stays. */
  stop(): Promise<void>;
  /** Starts it again, on the same port and what was stored. */
  start(): Promise<void>;
  /** Stops the server and removes its database. */
  drop(): Promise<void>;
}

/** The embedded event store on a free port of 127.0.0.1, with a database of its own; open to anybody unless told. */
export const testEventStore = async (settings: { tls?: TlsFiles; users?: string } = {}): Promise<TestEventStore> => {
  const { startEventStoreServer, eventStoreMigrations } = eventStore();
  const database = await testDatabase({ migrations: eventStoreMigrations });
  const databaseUrl = database.urlFor('patchbay_log');
  const logger = createLogger({ process: 'event-store', level: 'silent' });
  const startOn = (port: number): Promise<RunningService> =>
    startEventStoreServer({ host: '127.0.0.1', port, databaseUrl, ...settings }, { logger });
  let service = await startOn(0);
  const url = service.addresses['grpc'] ?? '';
  const port = Number(new URL(url).port);
  return {
    url,
    port,
    ownerUrl: database.ownerUrl,
    stop: () => service.stop(),
    start: async () => {
      service = await startOn(port);
    },
    drop: async () => {
      await service.stop();
      await database.drop();
    },
  };
};

/** Loaded when it is asked for: most specs that use this room need no server, and none should wait for Nest to load. */
const eventStore = () => ({
  /* eslint-disable @typescript-eslint/no-require-imports -- libs/testing is loaded by rooms that must not load the server unless they ask for it */
  ...(require('../../../services/event-store/src/event-store.module') as typeof import('../../../services/event-store/src/event-store.module')),
  ...(require('../../../services/event-store/src/migrations') as typeof import('../../../services/event-store/src/migrations')),
  /* eslint-enable @typescript-eslint/no-require-imports */
});
