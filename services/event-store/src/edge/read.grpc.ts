import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import type { Extent, Span } from '../log-reader';
import { wholeLog } from '../access-list';
import { send, streaming } from './call-life';
import { permit } from './permit';
import type { ReadReq } from './protocol';
import { eventAnswer, streamNotFoundAnswer, type ReadAnswer } from './read-answers';
import { readRequestOf, type ReadRequest } from './read-request';
import type { Serving } from './serving';
import { subscribe } from './subscribe';

/** `Streams/Read`: reads that end and subscriptions that do not. */
export const read = (serving: Serving): handleServerStreamingCall<ReadReq, ReadAnswer> =>
  streaming(serving, async (call: ServerWritableStream<ReadReq, ReadAnswer>, { over, caller }) => {
    const request = readRequestOf(call.request);
    await permit(serving, caller, 'read', request.source === 'all' ? wholeLog : request.source.stream);
    const answer = (message: ReadAnswer): Promise<void> => send(call, message, over);
    const served = request.kind === 'subscription' ? subscribe(request, serving, answer, over) : readOnce(request, serving, answer, over);
    await serving.metrics.during(request.kind, served);
  });

/** Reads to where the log, or the stream, ended when the read began: a read ends however fast others write. */
const readOnce = async (
  request: ReadRequest & { kind: 'read' },
  { reader }: Serving,
  answer: (message: ReadAnswer) => Promise<void>,
  over: AbortSignal,
): Promise<void> => {
  const { source, filter, count } = request;
  const extent = await reader.extentOf(source);
  if (source !== 'all' && !extent.exists) {
    await answer(streamNotFoundAnswer(source.stream));
    return;
  }
  let left = count;
  for await (const event of reader.events(source, spanOf(request, extent), filter === null ? count : Infinity)) {
    over.throwIfAborted(); // also where the filter lets nothing through
    if (filter?.admits(event) === false) continue;
    if (left === 0) return;
    left -= 1;
    await answer(eventAnswer(event));
  }
};

const spanOf = ({ direction, from }: ReadRequest & { kind: 'read' }, { first, last, since }: Extent): Span => {
  if (direction === 'backwards') return { direction, from: from === 'end' || from > last ? last : from, to: first, since };
  return { direction, from: from === 'end' ? last + 1n : from > first ? from : first, to: last, since };
};
