import type { handleClientStreamingCall, ServerReadableStream } from '@grpc/grpc-js';
import { noRevision, type ExpectedVersion } from '../log-event';
import type { WriteOutcome } from '../write';
import { expectedVersionOf, IncomingEvents } from './append-request';
import { answering, messagesOf } from './call-life';
import { permit } from './permit';
import { AppendResp, shared, type AppendReq } from './protocol';
import { badRequest, deadlineHasPassed, streamIsDeleted } from './refusal';
import type { Serving } from './serving';
import { streamNameOf } from './wire-values';

/** `Streams/Append`: options, then one message for each event; a wrong expected version is an answer, not an error. */
export const append = (serving: Serving): handleClientStreamingCall<AppendReq, AppendResp> =>
  answering(serving, async (call: ServerReadableStream<AppendReq, AppendResp>, { over, caller }) => {
    let options: AppendReq.Options | undefined;
    const incoming = new IncomingEvents();
    for await (const message of messagesOf(call, over)) {
      const proposed = message.getProposedMessage();
      if (proposed === undefined) options = message.getOptions();
      else incoming.add(proposed);
    }
    if (options === undefined) throw badRequest('The append does not begin with its options.');
    const expected = expectedVersionOf(options, options.hasRevision() ? options.getRevision() : null);
    const stream = streamNameOf(options.getStreamIdentifier());
    await permit(serving, caller, 'write', stream);
    const outcome = await serving.writer.write({
      stream,
      expected,
      events: incoming.events,
      deadline: Number(call.getDeadline()),
    });
    return answerTo(stream, expected, outcome);
  });

const answerTo = (stream: string, expected: ExpectedVersion, outcome: WriteOutcome): AppendResp => {
  switch (outcome.kind) {
    case 'stored':
      return new AppendResp().setSuccess(success(outcome.revision, outcome.position));
    case 'wrong-expected-version':
      return new AppendResp().setWrongExpectedVersion(wrongExpectedVersion(expected, outcome.actual));
    case 'stream-is-deleted':
      throw streamIsDeleted(stream);
    case 'too-late':
      throw deadlineHasPassed();
  }
};

const success = (revision: number, position: bigint | null): AppendResp.Success => {
  const answer = new AppendResp.Success();
  if (revision === noRevision) answer.setNoStream(new shared.Empty());
  else answer.setCurrentRevision(String(revision));
  if (position === null) return answer.setNoPosition(new shared.Empty());
  return answer.setPosition(new AppendResp.Position().setCommitPosition(String(position)).setPreparePosition(String(position)));
};

const wrongExpectedVersion = (expected: ExpectedVersion, actual: number): AppendResp.WrongExpectedVersion => {
  const answer = new AppendResp.WrongExpectedVersion();
  if (actual === noRevision) answer.setCurrentNoStream(new shared.Empty());
  else answer.setCurrentRevision(String(actual));
  switch (expected) {
    case 'any':
      return answer.setExpectedAny(new shared.Empty());
    case 'no-stream':
      return answer.setExpectedNoStream(new shared.Empty());
    case 'stream-exists':
      return answer.setExpectedStreamExists(new shared.Empty());
  }
  return answer.setExpectedRevision(String(expected));
};
