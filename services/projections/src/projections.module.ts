import { NestLogger, type Logger, type RunningService } from '#runtime';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ProjectionsConfig } from './config';
import { ProjectionsProcess } from './projections-process';

@Module({})
class ProjectionsModule {
  static following(config: ProjectionsConfig, logger: Logger): DynamicModule {
    return {
      module: ProjectionsModule,
      providers: [{ provide: ProjectionsProcess, useFactory: () => new ProjectionsProcess(config, logger) }],
    };
  }
}

/**
 * Starts following the log into the read models. `addresses.http` is where its health and its metrics are, if anywhere; nothing else of it
 * is reached. That it stands by, or waits for a new log to be opened, is in `ready()` and does not keep it from starting.
 *
 * @throws CannotStart when the database's schema is not the one it knows
 */
export const startProjections = async (config: ProjectionsConfig, { logger }: { logger: Logger }): Promise<RunningService> => {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class and takes literals
  const app = await NestFactory.createApplicationContext(ProjectionsModule.following(config, logger), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  const running = app.get(ProjectionsProcess);
  return { addresses: running.addresses, registry: running.registry, ready: () => running.ready(), stop: () => app.close() };
};
