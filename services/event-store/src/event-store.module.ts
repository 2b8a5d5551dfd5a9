import { NestLogger, type Logger, type RunningService } from '#runtime';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { EventStoreServerConfig } from './config';
import { EventStoreServer } from './event-store-server';

@Module({})
class EventStoreModule {
  static serving(config: EventStoreServerConfig, logger: Logger): DynamicModule {
    return {
      module: EventStoreModule,
      providers: [{ provide: EventStoreServer, useFactory: () => new EventStoreServer(config, logger) }],
    };
  }
}

/**
 * Starts the embedded event store. `addresses.grpc` is what a client connects to: `esdb://127.0.0.1:2113?tls=false`; `addresses.http` is
 * where its health and its metrics are, if anywhere.
 *
 * @throws CannotStart when the database's schema is not the one it knows, or when another event store writes it
 */
export const startEventStoreServer = async (config: EventStoreServerConfig, { logger }: { logger: Logger }): Promise<RunningService> => {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class and takes literals
  const app = await NestFactory.createApplicationContext(EventStoreModule.serving(config, logger), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  const server = app.get(EventStoreServer);
  return { addresses: server.addresses, registry: server.registry, ready: () => server.ready(), stop: () => app.close() };
};
