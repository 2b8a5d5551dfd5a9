import { createLogger, loadConfig, runProcess } from '#runtime';
import { projectionsConfig } from './config';
import { startProjections } from './projections.module';

const config = loadConfig(projectionsConfig);
const logger = createLogger({ process: 'projections', level: config.logLevel });

runProcess('projections', () => startProjections(config, { logger }), logger);
