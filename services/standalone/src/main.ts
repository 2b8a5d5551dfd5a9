import { answerHelp, createLogger, loadConfig, runProcess } from '#runtime';
import pino from 'pino';
import { standaloneConfig } from './config';
import { LogFile } from './log-file';
import { startStandalone } from './standalone';

function start(): void {
  const config = loadConfig(standaloneConfig);
  const logFile = new LogFile();
  const destination = pino.multistream([
    { level: 'trace', stream: logFile },
    { level: 'fatal', stream: process.stderr }, // the log file has the rest; a terminal is for sentences
  ]);
  process.stdout.on('error', () => undefined); // nobody reads any more; that is no reason to die without having stopped
  process.stderr.on('error', () => undefined);
  const loggerOf = (name: string) => createLogger({ process: name, level: config.logLevel, destination });
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  runProcess('standalone', (unwanted) => startStandalone(config, { loggerOf, logFile, say, unwanted }), loggerOf('standalone'));
}

answerHelp({
  command: 'npm start',
  does: 'Runs all of Patchbay in one process, with whatever it needs embedded.',
  schema: standaloneConfig,
});
start();
