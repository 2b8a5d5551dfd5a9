import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { openEventStore, openRawLog, type RawAppend, type RawEvent, type RawLog } from '#event-store';
import { LogIsAnother, refuseAnotherLog } from '#follow';
import { Database } from '#postgres';
import { eventually, testEventStore, type TestEventStore } from '#testing';
import { v7 } from 'uuid';
import { operatorRun } from '../test/operator-run';
import { writtenOpening, writtenRenamings } from '../test/written-events';
import { CommandIsRefused } from './command-is-refused';
import { copyLog, type Copied } from './copy-log';
import { Progress } from './progress';
import { verifyStreams } from './verify-streams';

jest.setTimeout(60_000); // servers are started for a test, and processes

const logId = v7();
const quiet = new Progress({ write: () => true });

describe('npm run log-copy', () => {
  let source: TestEventStore;
  let target: TestEventStore;
  let from: RawLog;
  let to: RawLog;

  beforeAll(async () => {
    source = await testEventStore();
    from = openRawLog({ url: source.url });
    const store = openEventStore({ url: source.url });
    await store.append('log', writtenOpening(logId), 'no-stream');
    const lives = ['connection-1', 'connection-2', 'webhook-1'].map((stream) => ({ stream, events: writtenRenamings(stream, 30) }));
    await store.setStreamMetadata('webhook-1', { maxAgeSeconds: 3_600 });
    for (let revision = 0; revision < 30; revision += 1)
      for (const { stream, events } of lives) await store.append(stream, [events[revision]!], revision === 0 ? 'no-stream' : revision - 1);
    await store.setStreamMetadata('snapshot-connection-1', { maxCount: 1 });
    await store.append('snapshot-connection-1', [{ id: randomUUID(), type: 'SnapshotTaken.v1', data: {}, metadata: {} }], 'any');
    await store.setStreamMetadata('webhook-1', { maxAgeSeconds: 7_200 });
    await store.close();
  });

  afterAll(async () => {
    await from.close();
    await source.drop();
  });

  beforeEach(async () => {
    target = await testEventStore();
    to = openRawLog({ url: target.url });
  });

  afterEach(async () => {
    await to.close();
    await target.drop();
  });

  const copy = (into: RawLog = to) => copyLog({ from, to: into, progress: quiet });
  const command = (...args: string[]) => operatorRun('log-copy', { LOG_COPY_FROM: source.url, LOG_COPY_TO: target.url }, ...args);

  it('copies events as they are, in their order, with the settings of their streams, and opens the copy as a log of its own', async () => {
    const { status, stdout, stderr } = await command('--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const copied = JSON.parse(stdout) as Copied;
    expect(copied).toMatchObject({ copiedFrom: logId, streams: 3, events: 90, foundThere: 0 });

    const [there, here] = [await all(to), await all(from)];
    const [opening, ...others] = there;
    expect(opening).toMatchObject({ stream: 'log', revision: 0, type: 'LogOpened.v1' });
    expect(contentOf(opening!.data)).toEqual({ logId: copied.logId, copiedFrom: logId });
    const isCopied = ({ stream }: RawEvent): boolean => /^(connection|webhook)-/.test(stream);
    expect(others.filter(isCopied).map(withoutPosition)).toEqual(here.filter(isCopied).map(withoutPosition));
    expect(others.filter((event) => !isCopied(event))).toMatchObject([{ stream: '$$webhook-1', type: '$metadata' }]);
    expect(contentOf(there.at(-1)!.data)).toEqual({ $maxAge: 7_200 });
    expect(await verifyStreams(to, undefined, quiet)).toMatchObject({ breakCount: 0, events: 91, streams: 4 });
  });

  it('makes another log of it, which refuses whoever followed the first one and says what to do', async () => {
    const { logId: copyId } = await copy();
    const store = openEventStore({ url: target.url });
    const checkpoint = { position: await from.readLastPosition(), logId, eventId: null };
    const refused = refuseAnotherLog(store, 'read-models', checkpoint, copyId);
    await expect(refused).rejects.toThrow(LogIsAnother);
    await expect(refused).rejects.toThrow(/Point EVENT_STORE_URL back .* or rebuild the read models from this one\.$/);
    await store.close();
  });

  it('goes on where it was cut short, whatever was stored of what was under way', async () => {
    for (const stored of [0, 1, 40]) await expect(copy(cutAfter(to, stored))).rejects.toThrow('cut');
    expect(await copy()).toMatchObject({ events: 90, foundThere: 41 });
    expect(await copy()).toMatchObject({ events: 90, foundThere: 90 });
  });

  it('goes on after kill -9', async () => {
    const store = openEventStore({ url: source.url });
    const long = `connection-${v7()}`;
    await store.append(long, writtenRenamings(long, 1_000), 'no-stream');
    await store.close();
    const env = { PATH: process.env['PATH'], LOG_COPY_FROM: source.url, LOG_COPY_TO: target.url };
    const killed = spawn(process.execPath, [resolve(__dirname, '../../../dist/services/operator/src/log-copy.js')], { env });
    await eventually(async () => expect(await to.readLastPosition()).toBeGreaterThan(0n));
    killed.kill('SIGKILL');
    await once(killed, 'close');
    const { status, stdout } = await command();
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^1,090 events in 4 streams are in the copy/) });
  });

  it('fetches what came since when it is run again', async () => {
    const { logId: first, events } = await copy();
    const store = openEventStore({ url: source.url });
    const stream = `connection-${v7()}`;
    await store.append(stream, writtenRenamings(stream, 2), 'no-stream');
    await store.setStreamMetadata(stream, { maxCount: 5 });
    await store.close();
    expect(await copy()).toMatchObject({ logId: first, events: events + 2, foundThere: events });
    expect((await all(to)).slice(-3).map((event) => event.stream)).toEqual([stream, stream, `$$${stream}`]);
  });

  describe('is refused', () => {
    const refusal = async (copying: Promise<unknown>): Promise<string> => {
      const error = await copying.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(CommandIsRefused);
      return (error as Error).message;
    };

    it('into a log that is another one, or the source itself', async () => {
      const store = openEventStore({ url: target.url });
      await store.append('log', writtenOpening(), 'no-stream');
      await store.close();
      expect(await refusal(copy())).toMatch(/^LOG_COPY_TO names the log [0-9a-f-]{36}, which is no copy: name an empty one\.$/);
      expect(await refusal(copy(from))).toContain(logId);
      const { status, stdout, stderr } = await command();
      expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: expect.stringMatching(/^LOG_COPY_TO names/) });
    });

    it('into a log that holds anything without being a log of Patchbay', async () => {
      const store = openEventStore({ url: target.url });
      await store.append('orders-1', [{ id: randomUUID(), type: 'Ordered', data: {}, metadata: {} }], 'no-stream');
      await store.close();
      expect(await refusal(copy())).toBe('LOG_COPY_TO names a log that is not empty: name an empty one.');
    });

    it('from a log that was never opened', async () => {
      expect(await refusal(copyLog({ from: to, to: from, progress: quiet }))).toMatch(/^LOG_COPY_FROM names no log of Patchbay/);
    });

    it('when somebody wrote to the copy', async () => {
      await expect(copy(cutAfter(to, 3))).rejects.toThrow('cut');
      const store = openEventStore({ url: target.url });
      await store.append('connection-9', writtenRenamings('connection-9', 1), 'no-stream');
      await store.close();
      expect(await refusal(copy())).toMatch(/^The copy holds connection-9@0 where its source holds connection-1@1, or other bytes\./);
    });

    it('when the copy goes on where its source ends', async () => {
      await copy();
      const store = openEventStore({ url: target.url });
      await store.append('connection-9', writtenRenamings('connection-9', 1), 'no-stream');
      await store.close();
      expect(await refusal(copy())).toMatch(/^The copy goes on with connection-9@0, which its source does not hold\./);
    });

    it.each([
      [
        'broken',
        `update log.events set type = 'ConnectionRenamed.v9' where stream = 'connection-1' and revision = 7`,
        /^connection-1@7 is not what was hashed .* npm run verify-log/,
      ],
      [
        'without its beginning',
        `delete from log.events where stream = 'connection-2' and revision < 3`,
        /^connection-2 begins at revision 3\. Its copy would begin at 0/,
      ],
    ])('for a stream that is %s', async (_, tampering, sentence) => {
      await copy();
      const broken = openRawLog({ url: target.url });
      const database = await Database.open({ url: target.ownerUrl, applicationName: 'spec', poolSize: 1 });
      await database.query(tampering);
      await database.close();
      const into = await testEventStore();
      const log = openRawLog({ url: into.url });
      expect(await refusal(copyLog({ from: broken, to: log, progress: quiet }))).toMatch(sentence);
      await Promise.all([broken.close(), log.close()]);
      await into.drop();
    });
  });

  it('explains itself, and names both logs when neither is configured', async () => {
    expect(await operatorRun('log-copy', {}, '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('LOG_COPY_TO') });
    expect(await operatorRun('log-copy', {})).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(/LOG_COPY_FROM is not set[^]*LOG_COPY_TO is not set/),
    });
  });
});

/** The log, until so many events were stored into it: then it fails, as if the process had been killed there. */
function cutAfter(log: RawLog, stored: number): RawLog {
  const append = async (appends: readonly RawAppend[]): Promise<void> => {
    if (appends[0]?.stream === 'log') return log.append(appends);
    await log.append(appends.slice(0, stored));
    throw new Error('cut');
  };
  return new Proxy(log, {
    get: (target, member: keyof RawLog) => (member === 'append' ? append : (target[member] as () => unknown).bind(target)),
  });
}

async function all(log: RawLog): Promise<RawEvent[]> {
  const events: RawEvent[] = [];
  for await (const event of log.readAll()) events.push(event);
  return events;
}

const contentOf = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());
const withoutPosition = ({ position: _, ...event }: RawEvent) => event;
