import { createLogger, loadConfig, runProcess } from '#runtime';
import { connectionConfig } from './config';
import { startConnection } from './connection.module';

const config = loadConfig(connectionConfig);
const logger = createLogger({ process: 'connection', level: config.logLevel });

runProcess('connection', () => startConnection(config, { logger }), logger);
