import { AdvisoryLock } from '#postgres';
import type { Logger } from '#runtime';
import type { Secret } from '#secret';
import type { VaultUpkeep } from '#vault';
import { setTimeout as pause } from 'node:timers/promises';
import { inParallel } from './in-parallel';
import type { KeyUpkeep } from './key-upkeep';
import { Lines } from './lines';
import type { OpenWorkFinisher } from './open-work-finisher';
import type { DueItem, DueWork } from './records/due-work';
import type { VaultSweep } from './vault-sweep';
import type { WorkerMetrics } from './worker-metrics';

export interface WorkerParts {
  readonly dueWork: DueWork;
  readonly finisher: OpenWorkFinisher;
  readonly upkeep: VaultUpkeep;
  readonly sweep: VaultSweep;
  readonly keys: KeyUpkeep;
  /** Idempotency keys past their day, and what was allowed for candidates past theirs. */
  readonly forgetExpired: () => Promise<void>;
  readonly metrics: WorkerMetrics;
  readonly clock: () => Date;
  readonly logger: Logger;
}

export interface WorkerOptions {
  /** As the role patchbay_jobs: where the turn is taken. */
  readonly databaseUrl: Secret;
  /** Between two looks, in ms. */
  readonly lookEachMs?: number;
  /** Between two sweeps, in ms. */
  readonly sweepEachMs?: number;
}

const lockKey = 'connection due work';
const lookEachMs = 10_000;
const sweepEachMs = 10 * 60_000;
/** After which what was sealed and not finished is looked into: whoever sealed it may still be at it before. */
const takenUpAfterMs = 20_000;
const linesAtOnce = 32;
/** With one service; more would only wait for each other. */
const triesAtOnce = 4;
/** Of one service; what was begun by then is still finished. */
const turnMs = 10_000;
const placesPerLook = 1_000;
const looksAtOnce = 8;
const retryTurnMs = 10_000;

/** Finishes what was begun, and sweeps the vault: in one process of all those that run it, the others stand by. */
export class Worker {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: WorkerParts,
    private readonly options: WorkerOptions,
  ) {}

  start(): void {
    this.#running = this.#run(this.#stop.signal);
  }

  /** Resolves when nothing of it runs any more; a verification under way is cut short, and tried again by whoever is next. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(stop: AbortSignal): Promise<void> {
    while (!hasEnded(stop)) {
      try {
        const lock = await AdvisoryLock.acquire(this.options.databaseUrl, lockKey, { signal: stop, applicationName: 'patchbay-worker' });
        const mine = AbortSignal.any([stop, lock.lost]);
        await this.#work(mine).finally(() => lock.release());
      } catch (err) {
        if (hasEnded(stop)) return;
        this.parts.logger.error({ err }, 'Nobody can be found out to work on what is due: it is tried again');
        await waiting(retryTurnMs, stop);
      }
    }
  }

  async #work(mine: AbortSignal): Promise<void> {
    const { logger, metrics } = this.parts;
    logger.info('This process finishes what was begun');
    metrics.working(true);
    const { lookEachMs: look = lookEachMs, sweepEachMs: sweep = sweepEachMs } = this.options;
    const lines = new Lines<string | null>(linesAtOnce, (target) => this.#takeTurn(target, mine));
    await Promise.all([
      this.#each(look, mine, 'What is due was not looked for', () => this.#look(lines, mine)),
      this.#each(sweep, mine, 'The vault was not swept', () => this.#sweep()),
      this.#each(look, mine, 'The keys were not changed', () => this.parts.keys.rotate(mine)),
      this.#each(look, mine, 'What became of the keys was not told', () => this.#tellOfKeys(mine)),
      this.#each(sweep, mine, 'Records past their day were not cleared away', this.parts.forgetExpired),
    ]);
    await lines.close();
    metrics.working(false);
  }

  async #each(ms: number, mine: AbortSignal, problem: string, work: () => Promise<void>): Promise<void> {
    while (!hasEnded(mine)) {
      await work().catch((err: unknown) => {
        if (!hasEnded(mine)) this.parts.logger.error({ err }, `${problem}: it is tried again`);
      });
      await waiting(ms, mine);
    }
  }

  /** First what somebody noted, so that a log or a vault that is hard to look through keeps nobody waiting. */
  async #look(lines: Lines<string | null>, mine: AbortSignal): Promise<void> {
    const { dueWork, metrics } = this.parts;
    lines.open(await dueWork.dueTargets());
    if ((await this.#noteUnfinished(mine)) > 0) lines.open(await dueWork.dueTargets());
    metrics.open(await dueWork.counts());
  }

  /** A few at a time of what is to be asked of one service, as long as its turn lasts: a service that hangs does not keep the others waiting. */
  async #takeTurn(target: string | null, mine: AbortSignal): Promise<void> {
    const { dueWork, logger } = this.parts;
    const end = performance.now() + turnMs;
    const seen = new Set<string>();
    try {
      while (performance.now() < end && !hasEnded(mine)) {
        const due = await dueWork.due(target, seen.size + triesAtOnce);
        const items = due.filter(({ connectionId, kind }) => !seen.has(`${kind} ${connectionId}`));
        if (items.length === 0) return;
        for (const { connectionId, kind } of items) seen.add(`${kind} ${connectionId}`);
        await inParallel(items, triesAtOnce, (item) => this.#finish(item, mine));
      }
    } catch (err) {
      if (!hasEnded(mine)) logger.error({ err }, 'What is due with a service was not looked for: it is tried again');
    }
  }

  async #finish(item: DueItem, mine: AbortSignal): Promise<void> {
    const { finisher, metrics, logger } = this.parts;
    const { connectionId, kind, attempts } = item;
    if (hasEnded(mine)) return;
    try {
      const outcome = await finisher.finish(item, mine);
      metrics.tried(kind, outcome);
      logger.info({ connectionId, kind, attempts, outcome }, 'Open work was tried');
    } catch (err) {
      if (hasEnded(mine)) return;
      metrics.tried(kind, 'failed');
      logger.warn({ err, connectionId, kind, attempts }, 'Open work could not be tried: it is tried again');
    }
  }

  /** A process that died between an append and its note left something open that no row tells of. */
  async #noteUnfinished(mine: AbortSignal): Promise<number> {
    const { dueWork, upkeep, finisher, clock, logger } = this.parts;
    const now = clock();
    const places = await upkeep.unfinished({
      sealedBefore: new Date(now.getTime() - takenUpAfterMs),
      now,
      known: await dueWork.connections(),
      limit: placesPerLook,
    });
    let noted = 0;
    await inParallel(places, looksAtOnce, async (place) => {
      if (hasEnded(mine)) return;
      try {
        if (await finisher.lookAt(place)) noted++;
      } catch (err) {
        logger.warn({ err, connectionId: place.connectionId }, 'A connection could not be looked at for open work');
      }
    });
    return noted;
  }

  async #tellOfKeys(mine: AbortSignal): Promise<void> {
    const { keys, metrics } = this.parts;
    metrics.keysWorn(await keys.mostWorn());
    await keys.tell(mine);
  }

  async #sweep(): Promise<void> {
    const { sweep, metrics, logger } = this.parts;
    const swept = await sweep.sweep();
    metrics.swept(swept);
    if ('stopped' in swept) logger.error(swept, 'The sweep of the vault stopped and destroyed nothing: an operator has to look');
    else if (swept.shredded > 0) logger.info(swept, 'The vault was swept');
  }
}

async function waiting(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}

/** Asked anew each time: it changes while one waits. */
function hasEnded({ aborted }: AbortSignal): boolean {
  return aborted;
}
