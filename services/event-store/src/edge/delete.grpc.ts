import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import type { Deletion } from '../deletion';
import { isMetastream } from '../log-event';
import { expectedVersionOf } from './append-request';
import type { Caller } from '../caller';
import { answering } from './call-life';
import { permit } from './permit';
import { DeleteResp, TombstoneResp, type DeleteReq, type TombstoneReq } from './protocol';
import { badRequest, deadlineHasPassed, streamIsDeleted, wrongExpectedVersion } from './refusal';
import type { Serving } from './serving';
import { streamNameOf } from './wire-values';

/** `Streams/Delete`: the stream is gone until somebody appends to it. */
export const deleteStream = (serving: Serving): handleUnaryCall<DeleteReq, DeleteResp> =>
  answering(serving, async (call: ServerUnaryCall<DeleteReq, DeleteResp>, { caller }) => {
    const position = await written(deletionOf(call, 'until-recreated'), caller, serving);
    return new DeleteResp().setPosition(new DeleteResp.Position().setCommitPosition(position).setPreparePosition(position));
  });

/** `Streams/Tombstone`: the stream is gone for good. */
export const tombstoneStream = (serving: Serving): handleUnaryCall<TombstoneReq, TombstoneResp> =>
  answering(serving, async (call: ServerUnaryCall<TombstoneReq, TombstoneResp>, { caller }) => {
    const position = await written(deletionOf(call, 'for-good'), caller, serving);
    return new TombstoneResp().setPosition(new TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position));
  });

const deletionOf = (call: ServerUnaryCall<DeleteReq | TombstoneReq, unknown>, lasts: Deletion['lasts']): Deletion => {
  const options = call.request.getOptions();
  if (options === undefined) throw badRequest('The deletion has no options.');
  const stream = streamNameOf(options.getStreamIdentifier());
  if (isMetastream(stream))
    throw badRequest('The settings of a stream are not deleted by themselves: set them anew, or delete the stream.');
  const expected = expectedVersionOf(options, options.hasRevision() ? options.getRevision() : null);
  return { stream, expected, lasts, deadline: Number(call.getDeadline()) };
};

/** Answers the position of the event that deletes. */
const written = async (deletion: Deletion, caller: Caller, serving: Serving): Promise<string> => {
  await permit(serving, caller, 'delete', deletion.stream);
  const outcome = await serving.writer.write(deletion);
  switch (outcome.kind) {
    case 'stored':
      return String(outcome.position);
    case 'wrong-expected-version':
      throw wrongExpectedVersion(deletion.stream, deletion.expected, outcome.actual);
    case 'stream-is-deleted':
      throw streamIsDeleted(deletion.stream);
    case 'too-late':
      throw deadlineHasPassed();
  }
};
