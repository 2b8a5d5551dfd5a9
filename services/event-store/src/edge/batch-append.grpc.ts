import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import type { Append } from '../append';
import type { LogWriter } from '../log-writer';
import { expectedVersionOf, IncomingEvents } from './append-request';
import { answerTo, refusalOf } from './batch-append-answers';
import { drained, messagesOf, streaming, type CallLife } from './call-life';
import { permit } from './permit';
import type { BatchAppendReq, BatchAppendResp } from './protocol';
import { deadlineHasPassed, deadlineHasPassedMeanwhile, Refusal } from './refusal';
import type { Serving } from './serving';
import { streamNameOf, uuidOf } from './wire-values';

type Call = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

/** An append that was begun and not answered yet. */
interface OpenAppend {
  readonly append: Omit<Append, 'events'>;
  readonly incoming: IncomingEvents;
  /** Ends at its deadline, of which only the server knows: the client's call has none. */
  readonly timer: NodeJS.Timeout;
  /** All of its chunks have come, and it was sent on its way. */
  isWhole: boolean;
}

/** `setTimeout` counts to this many milliseconds, about 25 days. */
const longestTimer = 2 ** 31 - 1;

/**
 * `Streams/BatchAppend`: one long call for all of a client's appends, each in one chunk or several, told apart by correlation id and
 * answered in the order of their commits, and by its deadline at the latest. What is wrong with one append is an answer; a log that cannot be written ends the call, which
 * is the one way the client has of hearing that it is to reconnect and ask again.
 */
export const batchAppend = (serving: Serving): handleBidiStreamingCall<BatchAppendReq, BatchAppendResp> =>
  streaming(serving, (call: Call, life) => serving.metrics.during('batch-append', takeAll(call, life, serving)));

const takeAll = async (call: Call, { cancelled, over, caller }: CallLife, serving: Serving): Promise<void> => {
  const batch = new Batch(call, cancelled, serving.writer, (stream) => permit(serving, caller, 'write', stream));
  try {
    const until = AbortSignal.any([over, batch.failed]);
    for await (const request of messagesOf<BatchAppendReq>(call, until)) {
      await batch.take(request);
      await batch.room(until);
    }
  } catch (error) {
    throw batch.failed.aborted ? batch.failed.reason : error;
  } finally {
    await batch.end();
  }
};

class Batch {
  readonly #open = new Map<string, OpenAppend>();
  readonly #pending = new Set<Promise<void>>();
  readonly #failure = new AbortController();

  constructor(
    private readonly call: Call,
    private readonly cancelled: AbortSignal,
    private readonly writer: LogWriter,
    private readonly mayWrite: (stream: string) => Promise<void>,
  ) {}

  /** Aborts when the log could not be written. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** Takes a chunk, and with an append's last chunk sends the append on its way. */
  async take(request: BatchAppendReq): Promise<void> {
    const id = uuidOf(request.getCorrelationId());
    try {
      const options = request.getOptions();
      if (options !== undefined) await this.#begin(id, options);
      const open = this.#open.get(id);
      if (open === undefined || open.isWhole) return; // the rest of an append that was refused
      for (const message of request.getProposedMessagesList()) open.incoming.add(message);
      if (request.getIsFinal()) this.#submit(id, open);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refuse(id, error);
    }
  }

  /** Resolves when the client may send more: there is room before the disk, and it takes its answers. */
  async room(signal: AbortSignal): Promise<void> {
    await this.writer.room();
    await drained(this.call, signal);
  }

  /** Waits until every append that was sent on its way is answered. */
  async end(): Promise<void> {
    await Promise.all(this.#pending);
    for (const id of this.#open.keys()) this.#forget(id);
  }

  async #begin(id: string, options: BatchAppendReq.Options): Promise<void> {
    const append = {
      stream: streamNameOf(options.getStreamIdentifier()),
      expected: expectedVersionOf(options, options.hasStreamPosition() ? options.getStreamPosition() : null),
      deadline: options.getDeadline()?.toDate().getTime() ?? Infinity,
    };
    const timer = setTimeout(() => this.#timeOut(id), timeLeft(append));
    this.#open.set(id, { append, incoming: new IncomingEvents(), timer, isWhole: false });
    await this.mayWrite(append.stream);
  }

  #submit(id: string, open: OpenAppend): void {
    open.isWhole = true;
    const whole = { ...open.append, events: open.incoming.events };
    const answered = this.writer
      .write(whole)
      .then((outcome) => {
        if (this.#open.get(id) === open) this.#answer(id, answerTo(id, whole, outcome));
      })
      .catch((error: unknown) => this.#failure.abort(error))
      .finally(() => this.#pending.delete(answered));
    this.#pending.add(answered);
  }

  #timeOut(id: string): void {
    this.#refuse(id, this.#open.get(id)?.isWhole === true ? deadlineHasPassedMeanwhile() : deadlineHasPassed());
  }

  #refuse(id: string, refusal: Refusal): void {
    this.#answer(id, refusalOf(id, this.#open.get(id)?.append.stream ?? '', refusal));
  }

  #forget(id: string): void {
    clearTimeout(this.#open.get(id)?.timer);
    this.#open.delete(id);
  }

  #answer(id: string, response: BatchAppendResp): void {
    this.#forget(id);
    if (!this.cancelled.aborted) this.call.write(response);
  }
}

const timeLeft = ({ deadline }: Pick<Append, 'deadline'>): number => Math.min(Math.max(deadline - Date.now(), 0), longestTimer);
