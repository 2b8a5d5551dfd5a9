import { loadConfig } from '#runtime';
import { z } from 'zod';
import { copyLog, type Copied } from './copy-log';
import { eventStoreUrl } from './event-store-url';
import { openedLog } from './opened-log';
import { parsedArguments } from './parsed-arguments';
import { Progress } from './progress';
import { runCommand } from './run-command';

const help = `npm run log-copy [-- --json]

Copies the log into an empty one, from one event store to another: the same events under the same ids, byte for byte, at the same revisions and
in the same order. Then reads both and compares them. Stop Patchbay first. Cut short, it goes on where it was when it is run again; run again
after the end, it fetches what came since.

  LOG_COPY_FROM  the log to copy, ${eventStoreUrl.example}
  LOG_COPY_TO    the log to copy into: empty, or the same copy, cut short
  --json         prints one JSON object

The copy is a log of its own, with an id of its own: whoever followed the old one refuses it (LogIsAnother) until the read models are rebuilt.
The vault stays as it is: what it holds goes by connection and revision. Not copied are snapshots, which are taken anew, and the times at which
the store says that events were created: they become those of the copying, and $maxAge counts from there. When something happened is part of
the event.

What is broken is not copied (npm run verify-log), nor a log in which a stream was deleted or lacks its beginning: its events would get other
revisions, which their hashes cover.

Ends with 0 when the copy is complete and equal, 1 when it is not or what was asked for is refused, 69 when a log does not answer, 78 when the
configuration is wrong.
`;

const configSchema = z.object({
  LOG_COPY_FROM: eventStoreUrl.of('The log to copy.'),
  LOG_COPY_TO: eventStoreUrl.of('The log to copy into.'),
});

async function run(): Promise<number> {
  const { values } = parsedArguments({ options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const config = loadConfig(configSchema);
  const from = openedLog('LOG_COPY_FROM', config.LOG_COPY_FROM);
  const to = openedLog('LOG_COPY_TO', config.LOG_COPY_TO);
  const progress = new Progress(process.stderr);
  try {
    const copied = await copyLog({ from, to, progress });
    const { seconds } = progress;
    process.stdout.write(values.json === true ? `${JSON.stringify({ ...copied, seconds })}\n` : told(copied, seconds));
    return 0;
  } finally {
    progress.clear();
    await Promise.all([from.close(), to.close()]);
  }
}

function told({ logId, copiedFrom, streams, events, foundThere }: Copied, seconds: number): string {
  const count = (number: number): string => number.toLocaleString('en');
  return `${count(events)} events in ${count(streams)} streams are in the copy, ${count(foundThere)} of them from before. Both logs were read and compared: ids, order,
revisions and bytes are the same. It took ${seconds.toFixed(1)} s.

The copy is the log ${logId}, copied from ${copiedFrom}.
Point EVENT_STORE_URL at it and rebuild the read models: until then they refuse it, as it is not the log they followed.
`;
}

runCommand(run);
