import { isUnavailable } from '#postgres';
import { status } from '@grpc/grpc-js';
import { StreamIsDeleted } from '../log-reader';
import { LogIsNotWritable } from '../log-writer';
import { Refusal, streamIsDeleted, unavailable } from './refusal';

/** What a client is told about an error. Only errors that are meant for clients show their text. */
export const refusalFor = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error;
  if (error instanceof StreamIsDeleted) return streamIsDeleted(error.stream);
  if (error instanceof LogIsNotWritable) return unavailable(error.message);
  if (isUnavailable(error) || tookTooLong(error)) return unavailable('The database of the log does not answer.');
  return new Refusal(status.INTERNAL, 'The event store failed; its log says why.');
};

/** PostgreSQL cancelled a statement at its time-out (`query_canceled`). */
const tookTooLong = (error: unknown): boolean => error instanceof Object && 'code' in error && error.code === '57014';
