import { randomUUID } from 'node:crypto';
import { createLogger } from '#runtime';
import { testDatabase, type TestDatabase } from '#testing';
import { Registry } from 'prom-client';
import type { Append } from './append';
import { Commits } from './commits';
import { Leftovers } from './leftovers';
import { LogMetrics } from './log-metrics';
import { LogIsNotWritable, LogWriter } from './log-writer';
import { eventStoreMigrations } from './migrations';

let database: TestDatabase;
let writer: LogWriter;
beforeAll(async () => {
  database = await testDatabase({ migrations: eventStoreMigrations });
  const logger = createLogger({ process: 'event-store', level: 'silent' });
  const parts = { commits: new Commits(), leftovers: new Leftovers(), metrics: new LogMetrics(new Registry()) };
  writer = await LogWriter.open({ url: database.urlFor('patchbay_log'), ...parts, logger });
});
afterAll(async () => {
  await writer.close();
  await database.drop();
});

describe('the writer of the log', () => {
  it('takes an append at whatever moment after another was answered', async () => {
    for (let moments = 0; moments < 12; moments += 1) {
      await writer.write(append());
      for (let passed = 0; passed < moments; passed += 1) await Promise.resolve();
      expect(await writer.write(append())).toMatchObject({ kind: 'stored' });
    }
  });

  it('ends what it was given before it closes, and takes nothing afterwards', async () => {
    const given = Array.from({ length: 1_500 }, () => writer.write(append()));
    await writer.close();
    expect(new Set((await Promise.all(given)).map(({ kind }) => kind))).toEqual(new Set(['stored']));
    await expect(writer.write(append())).rejects.toBeInstanceOf(LogIsNotWritable);
  });
});

const append = (): Append => ({
  stream: 'connection-1',
  expected: 'any',
  events: [{ id: randomUUID(), type: 'ConnectionRenamed.v1', isJson: true, data: Buffer.from('{}'), metadata: Buffer.alloc(0) }],
  deadline: Infinity,
});
