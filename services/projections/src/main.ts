import { answerHelp, createLogger, loadConfig, runProcess } from '#runtime';
import { projectionsConfig } from './config';
import { startProjections } from './projections.module';

answerHelp({
  command: 'node dist/services/projections/src/main.js',
  does: 'Follows the log into the read models; of several, one works and the others stand by.',
  schema: projectionsConfig,
});

const config = loadConfig(projectionsConfig);
const logger = createLogger({ process: 'projections', level: config.logLevel });

runProcess('projections', () => startProjections(config, { logger }), logger);
