import { createLogger, type Logger } from './create-logger';
import { CannotStart, type RunningService } from './running-service';

const stopWithinMs = 10_000;

/**
 * A process from its start to its end. SIGTERM and SIGINT stop it within ten seconds and end it with 0; a second one ends it at once.
 * What nobody caught is logged and ends it with 1: a process that goes on after that is in a state nobody thought of.
 */
export function runProcess(name: string, start: () => Promise<RunningService>, logger: Logger = createLogger({ process: name })): void {
  const fail = (err: unknown, message: string): never => {
    logger.fatal({ err }, message);
    process.exit(1);
  };
  process.on('unhandledRejection', (reason) => fail(reason, 'A promise was rejected and nobody caught it'));
  process.on('uncaughtException', (error) => fail(error, 'An error was thrown and nobody caught it'));

  const starting = start();
  starting.catch((error: unknown) => {
    if (!(error instanceof CannotStart)) fail(error, `${name} did not start`);
    logger.debug({ err: error }, `${name} did not start`);
    process.stderr.write(`${(error as CannotStart).message}\n`);
    process.exit(1);
  });

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, `${name} is stopping`);
    setTimeout(() => fail(new Error('The process did not stop in time'), `${name} was cut off`), stopWithinMs).unref();
    starting
      .then((service) => service.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => fail(error, `${name} did not stop cleanly`),
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
