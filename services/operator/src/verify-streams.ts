import type { RawEvent, RawLog } from '#event-store';
import { LogVerification, type Verified } from '#events';
import { CommandIsRefused } from './command-is-refused';
import type { Progress } from './progress';

/**
 * Reads a log as it is stored, or one stream of it, and verifies that it is what was written. What is appended meanwhile is not looked at.
 *
 * @throws CommandIsRefused when there is no such stream
 */
export async function verifyStreams(log: RawLog, stream: string | undefined, progress: Progress): Promise<Verified> {
  const verification = new LogVerification();
  progress.begin('Verifying', await log.readLastPosition());
  for await (const event of stream === undefined ? log.readAll() : withSettings(log, stream)) {
    verification.take(event);
    progress.step(event.position);
  }
  const verified = verification.end();
  if (stream !== undefined && verified.events + verified.leftOut === 0)
    throw new CommandIsRefused(`There is no event in the stream ${stream}: check its name.`);
  return verified;
}

async function* withSettings(log: RawLog, stream: string): AsyncGenerator<RawEvent> {
  yield* log.readStream(`$$${stream}`);
  yield* log.readStream(stream);
}
