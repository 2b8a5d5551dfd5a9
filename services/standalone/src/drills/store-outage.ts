import { setTimeout as pause } from 'node:timers/promises';
import type { Scratch } from '../scratch';
import { namesLeftBehind } from './check-log';
import { answeredOtherwise } from './check-requests';
import type { Drill, Drilled } from './drill';
import { Evidence } from './evidence';
import { findingsIn } from './findings-in';
import { FlakyService } from './flaky-service';
import { Load } from './load';
import { caughtUpWithinMs, outage, type Fault, type OutageTimes } from './outage';
import { Questions } from './questions';
import { isUndecided, type Answer, type Request } from './requests';
import { SeparateProcesses } from './separate-processes';
import type { ServiceProcess } from './service-process';

const restMs = 300;
const beforeMs = 1_500;
const repeatedAtMost = 100;

/** The bar: operations.md, "What works when something is down". */
const refusedWithinMs = 2_000;

const comesBack = async (eventStore: ServiceProcess): Promise<void> => {
  eventStore.start();
  await eventStore.printed((line) => (line.includes('The event store listens') ? true : undefined));
};

const stalled: Fault = {
  name: 'stalled',
  strike: (eventStore) => {
    eventStore.pause();
    return Promise.resolve();
  },
  return: (eventStore) => {
    eventStore.resume();
    return Promise.resolve();
  },
};
const stopped: Fault = { name: 'stopped', strike: (eventStore) => eventStore.stop(), return: comesBack };
const killed: Fault = { name: 'killed', strike: (eventStore) => eventStore.kill(), return: comesBack };

/** Windows cannot halt a process. */
const faults = process.platform === 'win32' ? [stopped, killed] : [stalled, stopped, killed];

/** Takes the event store away in every way there is, and holds what the services did meanwhile and afterwards against what they promise. */
async function run(scratch: Scratch, { seconds }: { readonly seconds: number }): Promise<Drilled> {
  const { parts, unwanted, say } = scratch;
  const service = await FlakyService.start(parts);
  service.recover();
  const processes = await SeparateProcesses.start(scratch, { servicePorts: [service.port] });
  const evidence = await Evidence.open(scratch, { folder: scratch.folder, eventStoreUrl: processes.eventStoreUrl });
  const refusals = new Refusals();
  const load = new Load({
    recipient: () => Promise.resolve(processes.recipient),
    serviceUrl: service.url,
    unwanted,
    restMs,
    watch: (...told) => refusals.take(...told),
  });
  const questions = new Questions(processes.recipient, load, unwanted);

  load.start();
  const times: [Fault, OutageTimes][] = [];
  for (const fault of faults) {
    await pause(beforeMs, undefined, { signal: unwanted });
    say(`The event store is ${fault.name} for ${seconds} s.`);
    questions.start();
    times.push([fault, await outage(fault, seconds * 1_000, { processes, load, evidence, unwanted })]);
    await questions.end();
  }
  await load.end();
  const cut = load.cut.length;
  say(`What was refused, ${cut} requests, is sent once more, with the same keys.`);
  await load.decide({ patient: true });
  const repeated = await repeat(load);
  const log = await evidence.upToDate(unwanted);

  return {
    figures: {
      'seconds of each outage': seconds,
      ...Object.fromEntries(times.flatMap(([fault, found]) => figuresOf(fault, found))),
      ...(faults.includes(stalled) ? {} : { stalled: 'not on Windows, which cannot halt a process' }),
      acknowledged: load.acknowledged.length,
      'refused, the log being away': refusals.count,
      'slowest refusal, ms': refusals.slowestMs,
      'questions answered meanwhile': questions.answered,
      'slowest question, ms': questions.slowestMs,
      'sent again with the same key, and done': cut - load.cut.length,
      repeated: repeated.count,
      events: log.events.length,
      'names left behind': namesLeftBehind(log),
      'unexpected answers': refusals.strange.length + load.strange.length + questions.strange.length,
      'processes that ended, errors that nobody caught': processes.complaints.length,
    },
    findings: [
      ...times.flatMap(([fault, found]) => lateIn(fault, found)),
      ...(refusals.slowestMs > refusedWithinMs ? [`A command was refused after ${refusals.slowestMs} ms.`] : []),
      ...(refusals.count === 0 ? ['No command met an outage.'] : []),
      ...refusals.strange,
      ...load.strange,
      ...questions.strange,
      ...processes.complaints,
      ...repeated.findings,
      ...(await findingsIn(log, evidence, load.acknowledged)),
    ],
  };
}

/** What commands were told when they could not be done. */
class Refusals {
  count = 0;
  slowestMs = 0;
  /** What nobody should have been told. */
  readonly strange: string[] = [];

  take({ id, does }: Request, answer: Answer | null, tookMs: number): void {
    if (answer && !isUndecided(answer)) return;
    this.count += 1;
    this.slowestMs = Math.max(this.slowestMs, Math.round(tookMs));
    const isAsPromised = answer?.body.includes('"LogIsUnavailable"') === true && Number(answer.retryAfter) > 0;
    if (!isAsPromised)
      this.strange.push(`The request ${id} (${does}) was answered ${answer ? `${answer.status}: ${answer.body}` : 'nothing'}.`);
  }
}

function figuresOf({ name }: Fault, { down, up, commands, caughtUp }: OutageTimes): readonly (readonly [string, number | null])[] {
  return [
    [`${name}: not ready after, ms`, down],
    [`${name}: ready again after, ms`, up],
    [`${name}: a command done after, ms`, commands],
    [`${name}: projections caught up after, ms`, caughtUp],
  ];
}

function lateIn({ name }: Fault, { down, up, caughtUp }: OutageTimes): readonly string[] {
  return [
    ...(down === null ? [`The event store was ${name}, and a service did not say that it is not ready because of the log.`] : []),
    ...(up === null ? [`The event store was ${name} and came back, and a service did not say that it is ready.`] : []),
    ...(caughtUp === null || caughtUp > caughtUpWithinMs
      ? [`The event store was ${name} and came back, and the projections were not up to date within ${caughtUpWithinMs} ms.`]
      : []),
  ];
}

async function repeat(load: Load): Promise<{ readonly count: number; readonly findings: readonly string[] }> {
  const chosen = load.acknowledged.filter(() => Math.random() < repeatedAtMost / load.acknowledged.length);
  const findings: string[] = [];
  for (const answered of chosen) findings.push(...answeredOtherwise(answered, await load.repeat(answered)));
  return { count: chosen.length, findings };
}

export const storeOutage: Drill<'seconds'> = {
  name: 'store-outage',
  sentence:
    'Runs the event store, the connection service and the projections as processes of their own, and takes the event store away under steady commands: halted (SIGSTOP; not on Windows), stopped, and killed (kill -9). Meanwhile commands are refused within 2 s, questions are answered, and both services say in readiness and metrics that the log is away; after its return the projections are up to date within 5 s, by themselves. Nothing that was acknowledged is missing or there twice, and what was refused is done with the same Idempotency-Key.',
  counts: { seconds: { unlessTold: 60, sentence: 'how long it is away, each time' } },
  run,
};
