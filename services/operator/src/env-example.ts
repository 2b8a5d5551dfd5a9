import { envExample, type ProcessEnvironment } from '#runtime';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectionConfig } from '../../connection/src/config';
import { eventStoreServerConfig } from '../../event-store/src/config';
import { projectionsConfig } from '../../projections/src/config';
import { standaloneConfig } from '../../standalone/src/config';

/** The processes that a person configures, the one they meet first at the top. */
export const environments: readonly ProcessEnvironment[] = [
  { process: 'standalone', schema: standaloneConfig },
  { process: 'connection', schema: connectionConfig },
  { process: 'projections', schema: projectionsConfig },
  { process: 'event-store', schema: eventStoreServerConfig },
];

/** `npm run env-example` writes `.env.example` anew; a spec fails while it is stale. */
if (require.main === module) writeFileSync(join(__dirname, '..', '..', '..', '..', '.env.example'), envExample(environments));
