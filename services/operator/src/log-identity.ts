import { eventIdOf, newCommandId, type RawEvent, type RawLog } from '#event-store';
import { chainStart, eventCodec, storedText, type LogOpened } from '#events';
import { v7 } from 'uuid';
import { CommandIsRefused } from './command-is-refused';

const stream = 'log';

/**
 * The id that a log was opened under.
 *
 * @throws CommandIsRefused
 */
export async function idOfLog(log: RawLog): Promise<string> {
  for await (const event of log.readStream(stream)) {
    const opened = openedBy(event);
    if (opened) return opened.logId;
    break;
  }
  throw new CommandIsRefused(
    'LOG_COPY_FROM names no log of Patchbay: it was never opened, which the connection service does when it starts.',
  );
}

/**
 * Opens an empty log as a copy, under an id of its own, or finds that it is one already; answers its id.
 *
 * @throws CommandIsRefused
 */
export async function openCopy(log: RawLog, copiedFrom: string): Promise<string> {
  for await (const event of log.readAll()) {
    if (event.type.startsWith('$')) continue; // an empty EventStoreDB holds events about itself
    const opened = openedBy(event);
    if (opened?.copiedFrom === copiedFrom) return opened.logId;
    throw new CommandIsRefused(`LOG_COPY_TO names ${described(opened)}: name an empty one.`);
  }
  const logId = v7();
  await log.append([{ stream, expected: 'no-stream', event: opening({ logId, copiedFrom }) }]);
  return logId;
}

function described(opened: LogOpened['data'] | null): string {
  if (!opened) return 'a log that is not empty';
  const { logId, copiedFrom } = opened;
  return copiedFrom === undefined ? `the log ${logId}, which is no copy` : `the log ${logId}, a copy of another log, ${copiedFrom}`;
}

function openedBy({ stream: its, type, data }: RawEvent): LogOpened['data'] | null {
  if (its !== stream) return null;
  const event = eventCodec.decode(type, storedText(data).content);
  return event.type === 'LogOpened' ? event.data : null;
}

function opening(data: LogOpened['data']): Pick<RawEvent, 'id' | 'type' | 'data' | 'metadata'> {
  const commandId = newCommandId();
  const encoded = eventCodec.encode(
    { type: 'LogOpened', data },
    {
      stream,
      revision: 0,
      eventId: eventIdOf(commandId, stream, 0),
      prevHash: chainStart,
      occurredAt: new Date().toISOString(),
      context: {
        commandId,
        correlationId: commandId,
        causationId: commandId,
        workspaceId: null,
        actor: { kind: 'system', id: 'log-copy' },
      },
    },
  );
  return { id: encoded.id, type: encoded.type, data: bytesOf(encoded.data), metadata: bytesOf(encoded.metadata) };
}

const bytesOf = (content: unknown): Uint8Array => Buffer.from(JSON.stringify(content));
