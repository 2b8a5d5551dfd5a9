import { join } from 'node:path';
import type { Scratch } from '../scratch';
import { startProcess } from '../started-process';
import type { Bench, BenchOptions, Measured } from './bench';
import { startOwnDatabase } from './own-database';
import type { Replayed, ReplayOrder } from './replaying';
import { seedLog } from './seed-log';
import { startEventStoreProcess } from './servers';

const defaultEvents = 1_000_000;
/** As `deploy/Dockerfile` starts every process. */
const execArgv = ['--max-semi-space-size=16'];

export const replay: Bench = {
  name: 'replay',
  sentence:
    'The whole log folded into workspace_connections, as a rebuild does it in the process of the projections, each batch in one transaction ' +
    'with its checkpoint. Raw: the same log only read, by the same subscription in a process of its own, before and after.',
  bar: 'ratio ≥ 0.45, figure ≥ 8,000 events/s, peakMegabytes < 400',
  run,
};

async function run(scratch: Scratch, { events = defaultEvents }: BenchOptions): Promise<Measured> {
  const { ownerUrl, urlOf } = await startOwnDatabase(scratch);
  await seedLog(scratch, ownerUrl, events);
  const eventStoreUrl = await startEventStoreProcess(scratch, urlOf('patchbay_log'));
  const databaseUrl = urlOf('patchbay_projections').reveal();

  const pass = async (does: ReplayOrder['does']): Promise<Replayed> => {
    const order: ReplayOrder = { does, eventStoreUrl, databaseUrl, operatorsUrl: ownerUrl.reveal(), lastPosition: String(events) };
    const replaying = scratch.parts.add(startProcess(join(__dirname, 'replaying.js'), { order, execArgv }));
    const replayed = await replaying.printed((line) => (line.startsWith('{"seconds"') ? (JSON.parse(line) as Replayed) : undefined));
    await replaying.stop();
    scratch.say(
      `To ${does}: ${Math.round(events / replayed.seconds).toLocaleString('en')} events/s, ${Math.round(replayed.peakMegabytes)} MB at most.`,
    );
    return replayed;
  };
  const before = await pass('read');
  const all = await pass('fold');
  const folded = await pass('rebuild');
  const after = await pass('read');

  return {
    figure: events / folded.seconds,
    unit: 'events/s',
    raw: (2 * events) / (before.seconds + after.seconds),
    conditions: {
      events,
      peakMegabytes: Math.round(folded.peakMegabytes),
      seconds: Number(folded.seconds.toFixed(1)),
      allReadModelsPerSecond: Math.round(events / all.seconds),
      readPerSecond: [before, after].map(({ seconds }) => Math.round(events / seconds)),
      readingPeakMegabytes: Math.round(before.peakMegabytes),
      nodeOptions: execArgv.join(' '),
    },
  };
}
