import { createLogger, loadConfig, runProcess, variablesOf } from '#runtime';
import pino from 'pino';
import { parseArgs } from 'node:util';
import { standaloneConfig } from './config';
import { LogFile } from './log-file';
import { startStandalone } from './standalone';

function usage(): string {
  const variables = variablesOf(standaloneConfig).map(
    ({ name, sentence, default: fallback }) =>
      `  ${name}${fallback === undefined || fallback === '' ? '' : ` (${fallback})`}\n      ${sentence}\n`,
  );
  return `npm start\n\nRuns all of Patchbay in one process, with whatever it needs embedded. It is configured by environment variables:\n\n${variables.join('')}`;
}

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

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
if (values.help === true) process.stdout.write(usage());
else start();
