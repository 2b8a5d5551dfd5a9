import { isDeepStrictEqual } from 'node:util';
import type { RawAppend, RawEvent, RawLog } from '#event-store';
import { LogVerification, storedText } from '#events';
import { CommandIsRefused } from './command-is-refused';
import { idOfLog, openCopy } from './log-identity';
import { LogPair, placeOf, startAnew } from './log-pair';
import type { Progress } from './progress';

export interface Copied {
  readonly logId: string;
  readonly copiedFrom: string;
  readonly streams: number;
  readonly events: number;
  /** Of the events, those that were there before, from a copy that was cut short. */
  readonly foundThere: number;
}

export interface LogsToCopy {
  readonly from: RawLog;
  readonly to: RawLog;
  readonly progress: Progress;
}

/** Appends that are sent before the first answer is waited for. */
const batchEvents = 512;
const batchBytes = 4 * 1024 * 1024;

/** A `$tb` from here on hides what is there and whatever may come: the stream is deleted. */
const hidesEverything = Number.MAX_SAFE_INTEGER;

/**
 * Copies a log into an empty one: the same events under the same ids, byte for byte, at the same revisions and in the same order; and of each
 * stream's settings the newest. What an earlier copy left there is compared and continued, so it can be run again at any time, after it was cut
 * short or to fetch what came since. In the end both logs are read from the beginning and compared.
 *
 * @throws CommandIsRefused when the logs are not what they should be
 */
export async function copyLog(logs: LogsToCopy): Promise<Copied> {
  const copiedFrom = await idOfLog(logs.from);
  const logId = await openCopy(logs.to, copiedFrom);
  const copied = await copyMissing(logs);
  await compare(logs, copied.events);
  return { logId, copiedFrom, ...copied };
}

async function copyMissing({ from, to, progress }: LogsToCopy): Promise<Pick<Copied, 'streams' | 'events' | 'foundThere'>> {
  const pair = new LogPair(from, to);
  const verification = new LogVerification();
  const batch = new Batch(to);
  let foundThere = 0;
  progress.begin('Copying', await from.readLastPosition());
  for await (const { event, twin } of pair.events()) {
    refuseBroken(event, verification);
    if (twin) foundThere += 1;
    else await batch.add(event);
    progress.step(event.position);
  }
  await batch.flush();
  await copySettings(pair, to); // they hide events, so they come when all events are there
  const { streams, events } = verification.end();
  return { streams, events, foundThere };
}

/** What came into the source since it was copied is not looked at. */
async function compare({ from, to, progress }: LogsToCopy, events: number): Promise<void> {
  const pair = new LogPair(from, to);
  progress.begin('Comparing', await to.readLastPosition());
  for await (const { event, twin } of pair.events(events)) {
    if (!twin) throw new CommandIsRefused(`The copy does not hold ${placeOf(event)}. ${startAnew}`);
    progress.step(twin.position);
  }
  const [differing] = differingSettings(pair);
  if (differing) throw new CommandIsRefused(`The settings of ${differing.stream.slice(2)} are other ones in the copy. Run it again.`);
}

async function copySettings(pair: LogPair, to: RawLog): Promise<void> {
  for (const event of differingSettings(pair)) {
    if (Number((contentOf(event) as { $tb?: unknown } | null)?.$tb ?? 0) >= hidesEverything)
      throw new CommandIsRefused(
        `${event.stream.slice(2)} was deleted, and Patchbay deletes no stream: nothing says what its copy should be.`,
      );
    await to.append([{ stream: event.stream, expected: 'any', event }]);
  }
}

function differingSettings({ settings: { source, copy } }: LogPair): readonly RawEvent[] {
  return [...source].flatMap(([stream, event]) => {
    const there = copy.get(stream);
    return there && isDeepStrictEqual(contentOf(there), contentOf(event)) ? [] : [event];
  });
}

const contentOf = ({ data }: RawEvent): unknown => storedText(data).content;

function refuseBroken(event: RawEvent, verification: LogVerification): void {
  const [broken] = verification.take(event);
  if (broken) throw new CommandIsRefused(`${broken.sentence} What is broken is not copied: npm run verify-log tells all of it.`);
  if (verification.lacksBeginning(event.stream))
    throw new CommandIsRefused(
      `${event.stream} begins at revision ${event.revision}. Its copy would begin at 0, and hashes cover revisions: a log with a stream that lacks its beginning cannot be copied.`,
    );
}

/** Events on their way into the copy. */
class Batch {
  #appends: RawAppend[] = [];
  #bytes = 0;

  constructor(private readonly to: RawLog) {}

  async add(event: RawEvent): Promise<void> {
    const { stream, revision, data, metadata } = event;
    this.#appends.push({ stream, expected: revision === 0 ? 'no-stream' : revision - 1, event });
    this.#bytes += data.length + metadata.length;
    if (this.#appends.length >= batchEvents || this.#bytes >= batchBytes) await this.flush();
  }

  /** @throws CommandIsRefused */
  async flush(): Promise<void> {
    if (this.#appends.length > 0) await this.to.append(this.#appends).catch(refused);
    this.#appends = [];
    this.#bytes = 0;
  }
}

function refused(error: unknown): never {
  const { name, message } = error as Error;
  throw name === 'WrongExpectedRevision' ? new CommandIsRefused(`In the copy ${message}. ${startAnew}`) : error;
}
