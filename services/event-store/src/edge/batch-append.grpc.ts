import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import type { Append } from '../append';
import type { LogWriter } from '../log-writer';
import { expectedVersionOf, IncomingEvents } from './append-request';
import { answerTo, refusalOf } from './batch-append-answers';
import { drained, messagesOf, streaming } from './call-life';
import type { BatchAppendReq, BatchAppendResp } from './protocol';
import { deadlineHasPassed, Refusal } from './refusal';
import type { Serving } from './serving';
import { streamNameOf, uuidOf } from './wire-values';

type Call = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

/** An append of which some chunks have come. */
interface PartialAppend {
  readonly append: Omit<Append, 'events'>;
  readonly incoming: IncomingEvents;
  /** Runs from the first chunk that is not the last. */
  timer: NodeJS.Timeout | null;
}

/** `setTimeout` counts to this many milliseconds, about 25 days. */
const longestTimer = 2 ** 31 - 1;

/**
 * `Streams/BatchAppend`: one long call for all of a client's appends, each in one chunk or several, told apart by correlation id and
 * answered in the order of their commits. What is wrong with one append is an answer; a log that cannot be written ends the call, which
 * is the one way the client has of hearing that it is to reconnect and ask again.
 */
export const batchAppend = (serving: Serving): handleBidiStreamingCall<BatchAppendReq, BatchAppendResp> =>
  streaming(serving, async (call: Call, { cancelled, over }) => {
    const batch = new Batch(call, cancelled, serving.writer);
    try {
      const until = AbortSignal.any([over, batch.failed]);
      for await (const request of messagesOf<BatchAppendReq>(call, until)) {
        batch.take(request);
        await batch.room(until);
      }
    } catch (error) {
      throw batch.failed.aborted ? batch.failed.reason : error;
    } finally {
      await batch.end();
    }
  });

class Batch {
  readonly #partial = new Map<string, PartialAppend>();
  readonly #pending = new Set<Promise<void>>();
  readonly #failure = new AbortController();

  constructor(
    private readonly call: Call,
    private readonly cancelled: AbortSignal,
    private readonly writer: LogWriter,
  ) {}

  /** Aborts when the log could not be written. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** Takes a chunk, and with an append's last chunk sends the append on its way. */
  take(request: BatchAppendReq): void {
    const id = uuidOf(request.getCorrelationId());
    try {
      const options = request.getOptions();
      if (options !== undefined) this.#begin(id, options);
      const partial = this.#partial.get(id);
      if (partial === undefined) return; // the rest of an append that was refused
      for (const message of request.getProposedMessagesList()) partial.incoming.add(message);
      if (request.getIsFinal()) this.#submit(id, partial);
      else partial.timer ??= setTimeout(() => this.#refuse(id, deadlineHasPassed()), timeLeft(partial.append));
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
    for (const id of this.#partial.keys()) this.#forget(id);
    await Promise.all(this.#pending);
  }

  #begin(id: string, options: BatchAppendReq.Options): void {
    const append = {
      stream: streamNameOf(options.getStreamIdentifier()),
      expected: expectedVersionOf(options, options.hasStreamPosition() ? options.getStreamPosition() : null),
      deadline: options.getDeadline()?.toDate().getTime() ?? Infinity,
    };
    this.#partial.set(id, { append, incoming: new IncomingEvents(), timer: null });
  }

  #submit(id: string, { append, incoming }: PartialAppend): void {
    this.#forget(id);
    const whole = { ...append, events: incoming.events };
    const answered = this.writer
      .write(whole)
      .then((outcome) => this.#answer(answerTo(id, whole, outcome)))
      .catch((error: unknown) => this.#failure.abort(error))
      .finally(() => this.#pending.delete(answered));
    this.#pending.add(answered);
  }

  #refuse(id: string, refusal: Refusal): void {
    const stream = this.#partial.get(id)?.append.stream ?? '';
    this.#forget(id);
    this.#answer(refusalOf(id, stream, refusal));
  }

  #forget(id: string): void {
    clearTimeout(this.#partial.get(id)?.timer ?? undefined);
    this.#partial.delete(id);
  }

  #answer(response: BatchAppendResp): void {
    if (!this.cancelled.aborted) this.call.write(response);
  }
}

const timeLeft = ({ deadline }: Pick<Append, 'deadline'>): number => Math.min(Math.max(deadline - Date.now(), 0), longestTimer);
