import { answerHelp, createLogger, loadConfig, runProcess } from '#runtime';
import { eventStoreServerConfig } from './config';
import { startEventStoreServer } from './event-store.module';

answerHelp({
  command: 'node dist/services/event-store/src/main.js',
  does: 'The embedded event store: keeps the log in PostgreSQL and speaks the protocol of EventStoreDB.',
  schema: eventStoreServerConfig,
});

const config = loadConfig(eventStoreServerConfig);
const logger = createLogger({ process: 'event-store', level: config.logLevel });

runProcess('event-store', () => startEventStoreServer(config, { logger }), logger);
