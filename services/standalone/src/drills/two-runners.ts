import { setTimeout as pause } from 'node:timers/promises';
import type { OwnDatabase } from '../bench/own-database';
import { median } from '../bench/median';
import type { Scratch } from '../scratch';
import type { Drill, Drilled, DrillMode } from './drill';
import { Evidence } from './evidence';
import { findingsIn } from './findings-in';
import { FlakyService } from './flaky-service';
import { Load } from './load';
import { roadThatHidesEnds } from './road-that-hides-ends';
import { SeparateProcesses } from './separate-processes';
import type { ServiceProcess } from './service-process';

/** The bar: event-log.md, section 7. */
const takenOverWithinMs = 10_000;
const standsByWithinMs = 15_000;
const lookEachMs = 20;
const restMs = 100;
const betweenMs = 1_000;

interface Runner {
  readonly name: string;
  readonly process: ServiceProcess;
}

/** Halts and kills the process that writes the read models, again and again, while another stands by. */
async function run(scratch: Scratch, { rounds }: { readonly rounds: number }, { brief }: DrillMode): Promise<Drilled> {
  const { parts, unwanted, say } = scratch;
  const service = await FlakyService.start(parts);
  service.recover();
  const processes = await SeparateProcesses.start(scratch, { servicePorts: [service.port] });
  const second = await processes.startSecondProjections(await overRoadThatHidesEnds(scratch, processes.database));
  const evidence = await Evidence.open(scratch, { folder: scratch.folder, eventStoreUrl: processes.eventStoreUrl });
  const load = new Load({ recipient: () => Promise.resolve(processes.recipient), serviceUrl: service.url, unwanted, restMs });
  const runners = new Runners(
    [
      { name: 'first', process: processes.projections },
      { name: 'second', process: second },
    ],
    evidence,
    unwanted,
  );

  load.start();
  const halted: number[] = [];
  const killed: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const _ of ['first', 'second']) halted.push(await runners.halt());
    killed.push(await runners.kill());
    say(`Round ${round} of ${rounds}: taken over ${halted.slice(-2).join(' and ')} ms after a halt, ${killed.at(-1)} ms after a kill.`);
  }
  await load.end();
  await load.decide({ patient: true });
  const log = await evidence.upToDate(unwanted);
  const rows = await evidence.rows();

  return {
    figures: {
      'times halted': halted.length,
      'taken over after a halt, ms: median': Math.round(median(halted)),
      'taken over after a halt, ms: slowest': Math.max(...halted),
      'times killed': killed.length,
      'taken over after a kill, ms: median': Math.round(median(killed)),
      'taken over after a kill, ms: slowest': Math.max(...killed),
      'woken, and standing by again': runners.stoodByAgain,
      'writes of the woken that the checkpoint refused': runners.refusedWrites,
      acknowledged: load.acknowledged.length,
      events: log.events.length,
      'rows that equal the fold of the log': Object.values(rows).reduce((sum, { length }) => sum + length, 0),
    },
    findings: [
      ...runners.findings,
      ...[...halted, ...killed].filter((ms) => ms > takenOverWithinMs).map((ms) => `It took ${ms} ms until another one had taken over.`),
      ...(runners.refusedWrites === 0 && !brief
        ? ['No process that was woken tried to write, so nothing was shown of the checkpoint.']
        : []),
      ...load.strange,
      ...processes.complaints,
      ...second.complaints,
      ...(await findingsIn(log, evidence, load.acknowledged)),
    ],
  };
}

/** The second one is not told that the connection is gone on which it has its turn: woken, it goes on as if it still had it. */
async function overRoadThatHidesEnds(scratch: Scratch, database: OwnDatabase): Promise<OwnDatabase> {
  const road = await roadThatHidesEnds(scratch, database.urlOf('patchbay_projections'), 'patchbay-lock');
  return { ...database, urlOf: () => road };
}

/** Two processes of which one writes, whichever it is by now. */
class Runners {
  readonly findings: string[] = [];
  stoodByAgain = 0;
  refusedWrites = 0;

  constructor(
    private readonly runners: readonly [Runner, Runner],
    private readonly evidence: Evidence,
    private readonly unwanted: AbortSignal,
  ) {}

  /** Halts the one that writes, and wakes it once the other does; answers after how many ms that was. */
  async halt(): Promise<number> {
    const [writing, other] = await this.#steady();
    const refusedBefore = await refusedBy(writing);
    writing.process.pause();
    const took = await this.#takenOverBy(other);
    writing.process.resume();
    if (await this.#until(async () => (await roleOf(writing)) === 'standing-by', standsByWithinMs)) this.stoodByAgain += 1;
    else this.findings.push(`The ${writing.name} one was woken and does not stand by: ${await roleOf(writing)}.`);
    this.refusedWrites += (await refusedBy(writing)) - refusedBefore;
    return took;
  }

  /** Kills the one that writes, and starts it again once the other does. */
  async kill(): Promise<number> {
    const [writing, other] = await this.#steady();
    await writing.process.kill();
    const took = await this.#takenOverBy(other);
    writing.process.start();
    await writing.process.untilReady(this.unwanted);
    return took;
  }

  /** The one that writes and the other, once each has its part. */
  async #steady(): Promise<readonly [writing: Runner, other: Runner]> {
    await pause(betweenMs, undefined, { signal: this.unwanted });
    const [first, second] = this.runners;
    const roles = await Promise.all(this.runners.map(roleOf));
    if (roles[0] === 'following' && roles[1] === 'standing-by') return [first, second];
    if (roles[1] === 'following' && roles[0] === 'standing-by') return [second, first];
    throw new Error(`One of the two should write and the other stand by: they are ${roles.join(' and ')}.`);
  }

  async #takenOverBy(other: Runner): Promise<number> {
    const since = performance.now();
    const reached = await this.evidence.reached();
    const isTaken = async (): Promise<boolean> => (await writes(other)) && (await this.evidence.reached()) > reached;
    if (!(await this.#until(isTaken, 2 * takenOverWithinMs))) this.findings.push(`The ${other.name} one did not take over.`);
    return Math.round(performance.now() - since);
  }

  async #until(happened: () => Promise<boolean>, withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      if (await happened()) return true;
      if (performance.now() > deadline) return false;
      await pause(lookEachMs, undefined, { signal: this.unwanted });
    }
  }
}

async function roleOf({ process }: Runner): Promise<string> {
  const answer = await process.readiness();
  return answer?.checks.find(({ name }) => name === 'read_models')?.detail ?? 'silent';
}

/** Sooner than readiness, which is asked once a second. */
async function writes({ process }: Runner): Promise<boolean> {
  return (await process.metric('patchbay_projection_lag_seconds')) !== null;
}

async function refusedBy({ process }: Runner): Promise<number> {
  return (await process.metric('patchbay_follower_refused_writes_total')) ?? 0;
}

export const twoRunners: Drill<'rounds'> = {
  name: 'two-runners',
  sentence:
    'Runs two processes that may write the read models, of which one does, under steady commands. The one that writes is halted (SIGSTOP), each of them once a round, and then killed (kill -9): the other takes over within 10 s. Woken, the halted one stands by again without having written anything: the checkpoint refuses it where it was not told that its turn is over. Afterwards every row equals what the log folds to. Not on Windows, which cannot halt a process.',
  counts: { rounds: { unlessTold: 5, sentence: 'how often: two halts and a kill each' } },
  brief: 'does not ask that one of the woken tries to write, which is chance where there are few',
  run,
};
