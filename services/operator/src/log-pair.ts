import type { RawEvent, RawLog } from '#event-store';
import { isChained } from '#events';
import { CommandIsRefused } from './command-is-refused';

/** A log, the log that is to be its copy, and both their streams' newest settings as far as they were read. */
export class LogPair {
  readonly settings = { source: new Map<string, RawEvent>(), copy: new Map<string, RawEvent>() };

  constructor(
    private readonly from: RawLog,
    private readonly to: RawLog,
  ) {}

  /**
   * The source's events in their order, `limit` of them at most, each with the one that stands at its place in the copy; undefined from where the
   * copy ends. Left out are the stream `log`, which every log has of its own, snapshots, and the store's own events.
   *
   * @throws CommandIsRefused where the copy holds anything else
   */
  async *events(limit = Infinity): AsyncGenerator<{ readonly event: RawEvent; readonly twin: RawEvent | undefined }> {
    const twins = copied(this.to, this.settings.copy);
    let left = limit;
    try {
      for await (const event of copied(this.from, this.settings.source)) {
        if (left === 0) break;
        left -= 1;
        const twin = await nextOf(twins);
        if (twin) refuseAnother(event, twin);
        yield { event, twin };
      }
      const more = await nextOf(twins);
      if (more) throw new CommandIsRefused(`The copy goes on with ${placeOf(more)}, which its source does not hold. ${startAnew}`);
    } finally {
      await twins.return(undefined);
    }
  }
}

export const startAnew = 'Somebody else wrote to it, so copy into another log, an empty one.';

export const placeOf = ({ stream, revision }: RawEvent): string => `${stream}@${revision}`;

async function* copied(log: RawLog, settings: Map<string, RawEvent>): AsyncGenerator<RawEvent, undefined> {
  for await (const event of log.readAll()) {
    const { stream } = event;
    if (isCopied(stream)) yield event;
    else if (stream.startsWith('$$') && isCopied(stream.slice(2))) settings.set(stream.slice(2), event);
  }
  return undefined;
}

function isCopied(stream: string): boolean {
  return isChained(stream) && stream !== 'log';
}

async function nextOf(events: AsyncGenerator<RawEvent, undefined>): Promise<RawEvent | undefined> {
  return (await events.next()).value;
}

function refuseAnother(event: RawEvent, twin: RawEvent): void {
  const isSame =
    (['stream', 'revision', 'id', 'type'] as const).every((member) => event[member] === twin[member]) &&
    (['data', 'metadata'] as const).every((member) => Buffer.compare(event[member], twin[member]) === 0);
  if (!isSame)
    throw new CommandIsRefused(`The copy holds ${placeOf(twin)} where its source holds ${placeOf(event)}, or other bytes. ${startAnew}`);
}
