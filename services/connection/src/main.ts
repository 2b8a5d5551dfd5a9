import { answerHelp, createLogger, loadConfig, runProcess } from '#runtime';
import { connectionConfig } from './config';
import { startConnection } from './connection.module';

answerHelp({
  command: 'node dist/services/connection/src/main.js',
  does: 'Answers commands and queries about connections over HTTP, and finishes what was begun.',
  schema: connectionConfig,
});

const config = loadConfig(connectionConfig);
const logger = createLogger({ process: 'connection', level: config.logLevel });

runProcess('connection', () => startConnection(config, { logger }), logger);
