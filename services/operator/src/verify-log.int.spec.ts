import { randomUUID } from 'node:crypto';
import { testEventStore, type TestEventStore } from '#testing';
import { openEventStore, openRawLog, type EventStore, type RawLog } from '#event-store';
import { Database } from '#postgres';
import { operatorRun } from '../test/operator-run';
import { writtenOpening, writtenRenamings } from '../test/written-events';
import { Progress } from './progress';
import { verifyStreams } from './verify-streams';

jest.setTimeout(60_000); // each run of the command is a process of its own

describe('npm run verify-log', () => {
  let server: TestEventStore;
  let store: EventStore;
  let log: RawLog;
  let database: Database;

  beforeAll(async () => {
    server = await testEventStore();
    store = openEventStore({ url: server.url });
    log = openRawLog({ url: server.url });
    database = await Database.open({ url: server.ownerUrl, applicationName: 'spec', poolSize: 1 });
    await store.append('log', writtenOpening(), 'no-stream');
    for (const stream of ['connection-1', 'connection-2']) await store.append(stream, writtenRenamings(stream, 4), 'no-stream');
    await store.setStreamMetadata('snapshot-connection-1', { maxCount: 1 });
    await store.append('snapshot-connection-1', [{ id: randomUUID(), type: 'SnapshotTaken.v1', data: {}, metadata: {} }], 'any');
  });

  afterAll(async () => {
    await Promise.all([store.close(), log.close(), database.close()]);
    await server.drop();
  });

  const verifyLog = (...args: string[]) => operatorRun('verify-log', { EVENT_STORE_URL: server.url }, ...args);

  const verified = (stream?: string) => verifyStreams(log, stream, new Progress({ write: () => true }));

  /** What is found while the stored events are other ones. Afterwards they are as they were. */
  async function foundAfter(tampering: string, stream?: string): Promise<readonly string[]> {
    await database.query('create table spec_kept as select * from log.events');
    await database.query(tampering);
    const { breaks } = await verified(stream);
    await database.query('delete from log.events');
    await database.query('insert into log.events select * from spec_kept');
    await database.query('drop table spec_kept');
    return breaks.map(({ sentence }) => sentence);
  }

  it('finds nothing in a log that is as it was written', async () => {
    expect(await verifyLog()).toEqual({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(
        /^9 events in 3 streams were verified in \d+\.\d s; 2 events of snapshots and settings are not chained\.\nEverything is as it was written\.\n$/,
      ),
    });
  });

  it.each<[string, string, readonly string[]]>([
    [
      'a name that was changed',
      `update log.events set data = convert_to(replace(convert_from(data, 'UTF8'), 'Orders 2', 'Orders X'), 'UTF8') where stream = 'connection-1' and revision = 2`,
      ['connection-1@2 is not what was hashed when it was written.'],
    ],
    [
      'a member that was stored twice, of which a reader sees one',
      `update log.events set data = convert_to(replace(convert_from(data, 'UTF8'), '{"from"', '{"from":"x","from"'), 'UTF8') where stream = 'connection-2' and revision = 1`,
      ['connection-2@1 has data whose text is not what Patchbay writes, whatever its content.'],
    ],
    [
      'an event that was removed',
      `delete from log.events where stream = 'connection-1' and revision = 1`,
      ['connection-1@2 stands where revision 1 should be.', 'connection-1@2 does not continue the event before it.'],
    ],
    [
      'a beginning that was removed',
      `delete from log.events where stream = 'connection-1' and revision = 0`,
      ['connection-1 begins at revision 1, and none of its settings lets go of what was before.'],
    ],
    [
      'an event with the place of another',
      `update log.events set revision = case revision when 2 then 12 else 2 end where stream = 'connection-2' and revision in (2, 3)`,
      [
        'connection-2@12 stands where revision 2 should be.',
        'connection-2@12 is not what was hashed when it was written.',
        'connection-2@2 stands where revision 13 should be.',
        'connection-2@2 is not what was hashed when it was written.',
      ],
    ],
    [
      'an event that never was',
      `insert into log.events select position + 1000, stream, 4, gen_random_uuid(), type, is_json, data, metadata, created from log.events where stream = 'connection-1' and revision = 3`,
      ['connection-1@4 does not continue the event before it.', 'connection-1@4 is not what was hashed when it was written.'],
    ],
  ])('shows %s, in a sentence', async (_, tampering, sentences) => {
    expect(await foundAfter(tampering)).toEqual(sentences);
  });

  it('looks at one stream only when it is asked to', async () => {
    const tampering = `update log.events set type = 'ConnectionRenamed.v9' where stream = 'connection-1' and revision = 2`;
    expect(await foundAfter(tampering, 'connection-2')).toEqual([]);
    expect(await foundAfter(tampering, 'connection-1')).toHaveLength(1);
  });

  it('ends with 1 when something is not as it was written', async () => {
    const stream = `connection-${randomUUID()}`;
    await store.append(stream, writtenRenamings(stream, 2).slice(1), 'no-stream');
    const { status, stdout } = await verifyLog('--stream', stream, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      events: 1,
      breakCount: 2,
      breaks: [
        { stream, revision: 0, differs: 'prevHash', sentence: `${stream}@0 does not continue the event before it.` },
        { stream, revision: 0, differs: 'hash' },
      ],
    });
    await database.query('delete from log.events where stream = $1', [stream]);
  });

  it('verifies a stream whose settings let its beginning go from where it begins, and says so', async () => {
    const stream = `webhook-${randomUUID()}`;
    await store.append(stream, writtenRenamings(stream, 6), 'no-stream');
    await store.setStreamMetadata(stream, { maxCount: 2 });
    expect(await verified(stream)).toMatchObject({
      breakCount: 0,
      notes: [`${stream} is verified from revision 4 on: its settings let go of what was before.`],
    });
  });

  it('does not take a stream that is not there for one that is as it was written', async () => {
    await expect(verified('connection-9')).rejects.toThrow('There is no event in the stream connection-9: check its name.');
  });

  it('works while the log is appended to', async () => {
    const stream = `connection-${randomUUID()}`;
    const events = writtenRenamings(stream, 200);
    const appending = (async () => {
      for (const [revision, event] of events.entries()) await store.append(stream, [event], revision === 0 ? 'no-stream' : revision - 1);
    })();
    expect(await verified()).toMatchObject({ breakCount: 0 });
    await appending;
    expect(await verified()).toMatchObject({ breakCount: 0, notes: [expect.stringContaining('webhook-')] });
  });

  it.each([
    ['nobody answers', { EVENT_STORE_URL: 'esdb://someone:canary@127.0.0.1:1?tls=false' }, [], 69, /^The log does not answer/],
    ['nothing is configured', {}, [], 78, /EVENT_STORE_URL is not set, for example EVENT_STORE_URL=esdb:/],
    [
      'the URL cannot be read',
      { EVENT_STORE_URL: 'esdb://a:canary@127.0.0.1:1?tl=false' },
      [],
      78,
      /^EVENT_STORE_URL: the URL of the event store has an option/,
    ],
    ['an option is misspelt', {}, ['--steam', 'x'], 64, /^Unknown option '--steam'\. See --help\.$/m],
  ])('says in one sentence what is wrong when %s', async (_, environment, args, status, sentence) => {
    const answer = await operatorRun('verify-log', environment, ...args);
    expect(answer).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(sentence) });
    expect(answer.stderr).not.toContain('canary');
  });

  it('explains itself', async () => {
    expect(await operatorRun('verify-log', {}, '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('EVENT_STORE_URL'),
      stderr: '',
    });
  });
});
