import { createLogger, type Logger } from './create-logger';
import { CannotStart, type RunningService } from './running-service';

const stopWithinMs = 10_000;
const sameRequestMs = 1_000;

/**
 * A process from its start to its end. SIGTERM, SIGINT, SIGHUP and the loss of the parent that holds its IPC channel stop it within ten
 * seconds and end it with 0; who asks again after a second ends it at once. What nobody caught is logged and ends it with 1: a process
 * that goes on after that is in a state nobody thought of. `start` gets a signal that is aborted when it may give up, because the process is
 * to stop before it is there.
 */
export function runProcess(
  name: string,
  start: (unwanted: AbortSignal) => Promise<RunningService>,
  logger: Logger = createLogger({ process: name }),
): void {
  const fail = (err: unknown, message: string): never => {
    logger.fatal({ err }, message);
    process.exit(1);
  };
  process.on('unhandledRejection', (reason) => fail(reason, 'A promise was rejected and nobody caught it'));
  process.on('uncaughtException', (error) => fail(error, 'An error was thrown and nobody caught it'));

  const unwanted = new AbortController();
  const starting = Promise.resolve().then(() => start(unwanted.signal)); // after the signals below are listened for
  starting.catch((error: unknown) => {
    if (unwanted.signal.aborted) process.exit(0);
    if (!(error instanceof CannotStart)) return fail(error, `${name} did not start`);
    logger.debug({ err: error }, `${name} did not start`);
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });

  let stoppingSince: number | undefined;
  const stop = (reason: NodeJS.Signals | 'disconnect'): void => {
    if (stoppingSince !== undefined) {
      // A terminal sends Ctrl-C to every process of its group, and those above us pass it on: that is one request, not three.
      if (performance.now() - stoppingSince > sameRequestMs) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    unwanted.abort();
    logger.info({ reason }, `${name} is stopping`);
    setTimeout(() => fail(new Error('The process did not stop in time'), `${name} was cut off`), stopWithinMs).unref();
    starting
      .then((service) => service.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => fail(error, `${name} did not stop cleanly`),
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  if (process.connected) process.on('disconnect', () => stop('disconnect'));
}
