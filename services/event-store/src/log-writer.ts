import { setImmediate as endOfTurn, setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '#runtime';
import type { Secret } from '#secret';
import type { Commits } from './commits';
import type { Leftovers } from './leftovers';
import type { LogMetrics } from './log-metrics';
import { planCommit, streamsOf, type Decision } from './plan-commit';
import type { Write, WriteOutcome } from './write';
import { WriteQueue, type QueuedWrite } from './write-queue';
import { WriterSession, type Comparison } from './writer-session';

/** The log cannot be written now, or was not known to have been written. The same append sent again, with the same ids, is safe. */
export class LogIsNotWritable extends Error {
  override readonly name = 'LogIsNotWritable';
}

/** Another process writes this database's log. */
export class LogHasAnotherWriter extends Error {
  override readonly name = 'LogHasAnotherWriter';
}

interface Options {
  readonly url: Secret;
  readonly commits: Commits;
  readonly leftovers: Leftovers;
  readonly metrics: LogMetrics;
  readonly logger: Logger;
}

/** How long a start waits for a predecessor that is on its way out. */
const patienceMs = 3_000;
const retryMs = 100;
const maxRetryMs = 2_000;

/**
 * The log's one writer. Writes that arrive while a commit is in flight share the next one; each is answered after its commit. Whatever
 * goes wrong with a commit, its writes are answered `LogIsNotWritable`, what was known of the log is forgotten, and writing begins again
 * once the lock is held and the log's end is read anew.
 */
export class LogWriter {
  readonly #queue = new WriteQueue();
  readonly #closing = new AbortController();
  #session: WriterSession | null = null;
  #underway: readonly QueuedWrite[] = [];
  #committing: Promise<void> | null = null;
  #regaining: Promise<void> | null = null;

  private constructor(private readonly options: Options) {}

  /**
   * @throws LogHasAnotherWriter, or the database's error
   */
  static async open(options: Options): Promise<LogWriter> {
    const until = Date.now() + patienceMs;
    for (;;) {
      const session = await WriterSession.open(options.url);
      if (session !== null) return new LogWriter(options).#writeWith(session);
      if (Date.now() >= until) {
        throw new LogHasAnotherWriter('Another event store writes the log in this database: stop it first, a log has one writer.');
      }
      await pause(retryMs);
    }
  }

  get isWritable(): boolean {
    return this.#session !== null && !this.#closing.signal.aborted;
  }

  /** The position of the log's last event; null while the log cannot be written. */
  get lastPosition(): bigint | null {
    return this.#session?.tip.lastPosition ?? null;
  }

  /** How long the oldest write that is not answered has been waiting. */
  get lagSeconds(): number {
    const oldest = this.#underway[0] ?? this.#queue.oldest;
    return oldest === undefined ? 0 : (performance.now() - oldest.since) / 1_000;
  }

  /**
   * Resolves when what was asked for is durable, or with the reason why it was not done.
   *
   * @throws LogIsNotWritable
   */
  write(write: Write): Promise<WriteOutcome> {
    if (!this.isWritable) return Promise.reject(new LogIsNotWritable('The log cannot be written now.'));
    const outcome = this.#queue.add(write);
    const { metrics } = this.options;
    outcome.then(
      ({ kind }) => metrics.answered(kind),
      () => metrics.answered('unknown'),
    );
    this.#committing ??= this.#commitAll();
    return outcome;
  }

  /** Resolves when a write would not wait behind too many others. */
  room(): Promise<void> {
    return this.#queue.room();
  }

  /** Ends what was accepted, then gives the lock back. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#committing;
    await this.#regaining;
    await this.#session?.close();
  }

  async #commitAll(): Promise<void> {
    while (!this.#queue.isEmpty) {
      await endOfTurn(); // writes that arrived together share a commit
      const session = this.#session;
      if (session === null) break; // whoever lost it has answered the queue
      const queued = this.#queue.take();
      this.#underway = queued;
      try {
        await this.#commit(session, queued);
      } catch (cause) {
        session.abandon(cause);
        const reason = new LogIsNotWritable('Whether it was stored is not known.', { cause });
        for (const { settle } of queued) settle.reject(reason); // of no effect on those that were answered
      }
      this.#underway = [];
    }
    this.#committing = null; // in the same breath as the queue was found empty, or a write could be left lying
  }

  async #commit(session: WriterSession, queued: readonly QueuedWrite[]): Promise<void> {
    const began = performance.now();
    const writes = queued.map(({ write }) => write);
    const unknown = session.tip.unknownOf(writes.flatMap(streamsOf));
    if (unknown.length > 0) await session.learn(unknown);
    const { events, decisions } = planCommit(writes, session.tip, Date.now());
    if (events.length > 0) {
      await session.insert(events, new Date());
      this.options.metrics.committed(queued.length, (performance.now() - began) / 1_000);
      const streams = new Set(events.map(({ stream }) => stream));
      this.options.commits.announce(streams);
      this.options.leftovers.note(session.tip.hiding(streams));
    }
    await answer(session, queued, decisions);
  }

  #writeWith(session: WriterSession): this {
    this.#session = session;
    session.lost.addEventListener('abort', () => this.#endSession(session.lost.reason), { once: true });
    return this;
  }

  #endSession(cause: unknown): void {
    this.#session = null;
    this.#queue.rejectAll(new LogIsNotWritable('The log cannot be written now.', { cause }));
    if (this.#closing.signal.aborted) return;
    this.options.logger.warn({ err: cause }, 'The log cannot be written: its connection to the database is gone');
    this.#regaining = this.#regain();
  }

  async #regain(): Promise<void> {
    const { url, commits, leftovers, logger } = this.options;
    const { signal } = this.#closing;
    for (let wait = retryMs; !signal.aborted; wait = Math.min(2 * wait, maxRetryMs)) {
      await pause(wait * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      const session = await WriterSession.open(url).catch((error: unknown) => {
        logger.warn({ err: error }, 'The log cannot be written yet');
        return null;
      });
      if (session === null) continue; // also while the broken session, or another server, holds the lock
      this.#writeWith(session);
      commits.announce(null); // a commit whose outcome was unknown may have succeeded
      leftovers.noteAll();
      logger.info({ position: String(session.tip.lastPosition) }, 'The log can be written again');
      return;
    }
  }
}

const answer = async (session: WriterSession, queued: readonly QueuedWrite[], decisions: readonly Decision[]): Promise<void> => {
  const behind: (Comparison & { actual: number; settle: QueuedWrite['settle'] })[] = [];
  queued.forEach(({ write, settle }, nth) => {
    const decision = decisions[nth];
    if (decision === undefined) throw new Error('Every write has a decision.');
    if (decision.kind === 'compare') behind.push({ ...decision, stream: write.stream, settle });
    else settle.resolve(decision);
  });
  if (behind.length === 0) return;
  const positions = await session.compare(behind);
  behind.forEach(({ after, actual, eventIds, settle }, nth) => {
    const position = positions[nth] ?? null;
    if (position === null) settle.resolve({ kind: 'wrong-expected-version', actual });
    else settle.resolve({ kind: 'stored', revision: after + eventIds.length, position });
  });
};
