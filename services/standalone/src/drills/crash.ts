import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { requirePort } from '../require-port';
import type { Scratch } from '../scratch';
import { namesLeftBehind, openWork } from './check-log';
import { answeredOtherwise } from './check-requests';
import { CrashingPatchbay } from './crashing-patchbay';
import type { Drill, Drilled, DrillMode } from './drill';
import { Evidence } from './evidence';
import { findingsIn } from './findings-in';
import { FlakyService } from './flaky-service';
import { Load } from './load';

const longestLifeMs = 1_500;
/** One in so many kills comes while it starts. */
const whileStarting = 5;
const longestStartMs = 1_500;
const finishedWithinMs = 60_000;
const lookEachMs = 1_000;
const repeatedAtMost = 300;

/** Kills the standalone again and again under people's hands, then holds everything it kept against what it had promised. */
async function run(scratch: Scratch, { kills }: { readonly kills: number }, { brief }: DrillMode): Promise<Drilled> {
  const { parts, unwanted, say } = scratch;
  const folder = join(scratch.folder, 'data');
  const service = await FlakyService.start(parts);
  const patchbay = new CrashingPatchbay(scratch, { dataFolder: folder, httpPort: await requirePort(0), servicePorts: [service.port] });
  const load = new Load({
    recipient: async () => {
      await patchbay.untilUp();
      return { url: patchbay.url, token: await patchbay.token() };
    },
    serviceUrl: service.url,
    unwanted,
  });

  patchbay.start();
  await patchbay.untilUp();
  await patchbay.token();
  load.start();
  for (let nth = 1; nth <= kills; nth += 1) {
    const starts = nth % whileStarting === 0;
    if (!starts) await patchbay.untilUp();
    await pause(Math.random() * (starts ? longestStartMs : longestLifeMs), undefined, { signal: unwanted });
    await patchbay.kill();
    say(
      `Kill ${nth} of ${kills}${starts ? ', while it started' : ''}: ${load.acknowledged.length} requests acknowledged, ${load.cut.length} cut.`,
    );
    patchbay.start();
  }
  const lastKill = performance.now();
  service.recover();
  await patchbay.untilUp();
  await load.end();
  const cut = load.cut.length;

  const evidence = await Evidence.open(scratch, { folder, eventStoreUrl: await patchbay.eventStoreUrl() });
  say(`It runs for good. What was cut is sent once more${brief ? '' : ', and what is open has a minute to be finished'}.`);
  const [secondsUntilFinished] = await Promise.all([
    brief ? null : untilFinished(evidence, lastKill, unwanted),
    load.decide({ patient: !brief }),
  ]);
  const repeated = await repeat(load);
  const log = await evidence.upToDate(unwanted);
  return {
    figures: {
      kills,
      acknowledged: load.acknowledged.length,
      refused: load.refused,
      'cut by a kill, and sent again': cut,
      'cut, and nobody waited for it': load.cut.length,
      repeated: repeated.count,
      events: log.events.length,
      connections: log.lives.length,
      'names left behind': namesLeftBehind(log),
      'seconds until nothing was open': secondsUntilFinished,
    },
    findings: [
      ...load.strange,
      ...repeated.findings,
      ...(brief ? [] : openWork(log)),
      ...(await findingsIn(log, evidence, load.acknowledged)),
    ],
  };
}

/** Answers after how many seconds nothing was open; what is open after a minute is for `openWork` to find. */
async function untilFinished(evidence: Evidence, lastKill: number, unwanted: AbortSignal): Promise<number> {
  for (;;) {
    const isFinished = openWork(await evidence.log()).length === 0;
    const passedMs = performance.now() - lastKill;
    if (isFinished || passedMs > finishedWithinMs) return Number((passedMs / 1_000).toFixed(1));
    await pause(lookEachMs, undefined, { signal: unwanted });
  }
}

async function repeat(load: Load): Promise<{ readonly count: number; readonly findings: readonly string[] }> {
  const chosen = load.acknowledged.filter(() => Math.random() < repeatedAtMost / load.acknowledged.length);
  const findings: string[] = [];
  for (const answered of chosen) findings.push(...answeredOtherwise(answered, await load.repeat(answered)));
  return { count: chosen.length, findings };
}

export const crash: Drill<'kills'> = {
  name: 'crash',
  sentence:
    'Lets eight people create, rename, verify, rotate and remove connections, and kills the process (kill -9) at random moments, also while it starts; each time it is started again on the same data. What was acknowledged is in the log, once, in unbroken chains; whoever asks again is answered the same; the read models and the vault say what the log adds up to; and a minute after the last kill nothing is open that could have been tried.',
  counts: { kills: { unlessTold: 50, sentence: 'how often it is killed' } },
  brief: 'waits neither for what is open to be finished nor for requests that a killed process still holds for a minute',
  run,
};
