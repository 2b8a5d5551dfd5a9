import type { Logger } from '#runtime';
import type { Access } from '../access';
import type { Commits } from '../commits';
import type { LogMetrics } from '../log-metrics';
import type { LogReader } from '../log-reader';
import type { LogWriter } from '../log-writer';

/** What the calls are served with. */
export interface Serving {
  readonly writer: LogWriter;
  readonly reader: LogReader;
  readonly commits: Commits;
  readonly access: Access;
  readonly metrics: LogMetrics;
  readonly logger: Logger;
  /** Aborts when the server stops; its reason is what calls without an end of their own are answered. */
  readonly stopping: AbortSignal;
}
