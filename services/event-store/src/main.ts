import { createLogger, loadConfig, runProcess } from '#runtime';
import { eventStoreServerConfig } from './config';
import { startEventStoreServer } from './event-store.module';

const config = loadConfig(eventStoreServerConfig);
const logger = createLogger({ process: 'event-store', level: config.logLevel });

runProcess('event-store', () => startEventStoreServer(config, { logger }), logger);
