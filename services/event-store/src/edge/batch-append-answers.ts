import { status } from '@grpc/grpc-js';
import type { Append } from '../append';
import { noRevision, type ExpectedVersion } from '../log-event';
import type { WriteOutcome } from '../write';
import { Any, BatchAppendResp, Code, GoogleEmpty, shared, Status } from './protocol';
import { AccessIsDenied, AppendIsTooLarge, deadlineHasPassed, type Refusal } from './refusal';
import { wireStreamName, wireUuid } from './wire-values';

/** `id`: the correlation id the append came with. */
export const answerTo = (id: string, { stream, expected }: Append, outcome: WriteOutcome): BatchAppendResp => {
  const answer = new BatchAppendResp().setCorrelationId(wireUuid(id)).setStreamIdentifier(wireStreamName(stream));
  switch (outcome.kind) {
    case 'stored':
      return answer.setSuccess(success(outcome.revision, outcome.position));
    case 'wrong-expected-version':
      return answer.setError(wrongExpectedVersion(expected, outcome.actual));
    case 'stream-is-deleted':
      return answer.setError(streamDeleted(stream));
    case 'too-late':
      return refusalOf(id, stream, deadlineHasPassed());
  }
};

/** An append that was refused before it was whole. The client reads the stream's name in every answer, so there is one. */
export const refusalOf = (id: string, stream: string, refusal: Refusal): BatchAppendResp =>
  new BatchAppendResp().setCorrelationId(wireUuid(id)).setStreamIdentifier(wireStreamName(stream)).setError(errorOf(refusal));

const errorOf = (refusal: Refusal): Status => {
  if (refusal instanceof AppendIsTooLarge) {
    const detail = new shared.MaximumAppendSizeExceeded().setMaxappendsize(refusal.maxBytes);
    return error(Code.INVALID_ARGUMENT, refusal.details, 'MaximumAppendSizeExceeded', detail);
  }
  if (refusal instanceof AccessIsDenied) return error(Code.PERMISSION_DENIED, refusal.details, 'AccessDenied', new shared.AccessDenied());
  if (refusal.code === status.DEADLINE_EXCEEDED) return error(Code.DEADLINE_EXCEEDED, refusal.details, 'Timeout', new shared.Timeout());
  return error(Code.INVALID_ARGUMENT, refusal.details, 'BadRequest', new shared.BadRequest().setMessage(refusal.details));
};

const success = (revision: number, position: bigint | null): BatchAppendResp.Success => {
  const answer = new BatchAppendResp.Success();
  if (revision === noRevision) answer.setNoStream(new GoogleEmpty());
  else answer.setCurrentRevision(String(revision));
  if (position === null) return answer.setNoPosition(new GoogleEmpty());
  return answer.setPosition(new shared.AllStreamPosition().setCommitPosition(String(position)).setPreparePosition(String(position)));
};

const wrongExpectedVersion = (expected: ExpectedVersion, actual: number): Status => {
  const detail = new shared.WrongExpectedVersion();
  if (actual === noRevision) detail.setCurrentNoStream(new GoogleEmpty());
  else detail.setCurrentStreamRevision(String(actual));
  return error(
    Code.ALREADY_EXISTS,
    'The stream is not at the version the append expects.',
    'WrongExpectedVersion',
    expecting(detail, expected),
  );
};

const streamDeleted = (stream: string): Status => {
  const detail = new shared.StreamDeleted().setStreamIdentifier(wireStreamName(stream));
  return error(Code.FAILED_PRECONDITION, 'The stream is deleted.', 'StreamDeleted', detail);
};

const expecting = (detail: shared.WrongExpectedVersion, expected: ExpectedVersion): shared.WrongExpectedVersion => {
  switch (expected) {
    case 'any':
      return detail.setExpectedAny(new GoogleEmpty());
    case 'no-stream':
      return detail.setExpectedNoStream(new GoogleEmpty());
    case 'stream-exists':
      return detail.setExpectedStreamExists(new GoogleEmpty());
  }
  return detail.setExpectedStreamPosition(String(expected));
};

/** The client switches on the name of the detail's type; the field holds one detail, unlike google.rpc.Status elsewhere. */
const error = (code: Code, message: string, type: string, detail: { serializeBinary(): Uint8Array }): Status => {
  const any = new Any();
  any.pack(detail.serializeBinary(), `event_store.client.${type}`);
  return new Status().setCode(code).setMessage(message).setDetails(any);
};
