import type { Verified } from '#events';
import { loadConfig } from '#runtime';
import { z } from 'zod';
import { eventStoreUrl } from './event-store-url';
import { openedLog } from './opened-log';
import { parsedArguments } from './parsed-arguments';
import { Progress } from './progress';
import { runCommand } from './run-command';
import { verifyStreams } from './verify-streams';

const help = `npm run verify-log -- [--stream NAME] [--json]

Reads the log as it is stored and verifies that it is what was written: that every stream counts without gaps, that each event continues the
one before it, and that its id, type, data and metadata are what its hash was made of. Works while the log is appended to.

  --stream NAME    only this stream: connection-018f…
  --json           prints one JSON object

  EVENT_STORE_URL  the log, ${eventStoreUrl.example}
                   npm start prints where its own is. A user in the URL has to be allowed to read everything.

What it cannot find, before checkpoints are signed: events cut off the end of a stream, a stream that is gone altogether, and a stream that
somebody who may write the log made anew from some event on, hashes and all.

Ends with 0 when everything is as it was written, 1 when something is not, 69 when the log does not answer, 78 when the configuration is
wrong.
`;

const configSchema = z.object({ EVENT_STORE_URL: eventStoreUrl.of('The log to verify.') });

const shownBreaks = 50;

async function run(): Promise<number> {
  const { values } = parsedArguments({
    options: { stream: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const log = openedLog('EVENT_STORE_URL', loadConfig(configSchema).EVENT_STORE_URL);
  const progress = new Progress(process.stderr);
  try {
    const verified = await verifyStreams(log, values.stream, progress);
    progress.clear();
    const { seconds } = progress;
    process.stdout.write(values.json === true ? `${JSON.stringify({ ...verified, seconds })}\n` : told(verified, seconds));
    return verified.breakCount === 0 ? 0 : 1;
  } finally {
    await log.close();
  }
}

function told({ events, streams, leftOut, breakCount, breaks, notes }: Verified, seconds: number): string {
  const count = (number: number): string => number.toLocaleString('en');
  const shown = breaks.slice(0, shownBreaks).map(({ sentence }) => `- ${sentence}`);
  return [
    `${count(events)} events in ${count(streams)} streams were verified in ${seconds.toFixed(1)} s; ${count(leftOut)} events of snapshots and settings are not chained.`,
    ...notes,
    ...(breakCount === 0 ? ['Everything is as it was written.'] : [`${count(breakCount)} things are not as they were written:`, ...shown]),
    ...(breakCount > shown.length ? [`and ${count(breakCount - shown.length)} more; --json shows the first thousand`] : []),
    '',
  ].join('\n');
}

runCommand(run);
