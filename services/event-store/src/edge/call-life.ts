import { on, once, type EventEmitter } from 'node:events';
import type { Writable } from 'node:stream';
import { status, type ServerReadableStream, type ServerUnaryCall, type ServerWritableStream, type ServiceError } from '@grpc/grpc-js';
import type { Caller } from '../caller';
import { credentialsAreWrong, Refusal } from './refusal';
import { refusalFor } from './refusal-for';
import type { Serving } from './serving';

interface Signals {
  /** Aborts when the client has cancelled the call or is gone: from then on nothing can be answered. */
  readonly cancelled: AbortSignal;
  /** Aborts then and also when the server stops: from then on nothing more is to be begun. */
  readonly over: AbortSignal;
}

export interface CallLife extends Signals {
  readonly caller: Caller;
}

type WithMetadata = Pick<ServerUnaryCall<unknown, unknown>, 'metadata'>;

const callerOf = async ({ metadata }: WithMetadata, { access }: Serving): Promise<Caller> => {
  const [authorization] = metadata.get('authorization');
  const caller = await access.callerOf(authorization?.toString());
  if (caller === null) throw credentialsAreWrong();
  return caller;
};

const signalsOf = (call: EventEmitter, stopping: AbortSignal): Signals => {
  const client = new AbortController();
  call.once('cancelled', () => client.abort(new Refusal(status.CANCELLED, 'The client cancelled the call.')));
  return { cancelled: client.signal, over: AbortSignal.any([client.signal, stopping]) };
};

/** The messages a client streams, in their order; reading them slowly slows the client down. Ends with the client's half-close. */
export async function* messagesOf<Request>(call: ServerReadableStream<Request, unknown>, signal: AbortSignal): AsyncGenerator<Request> {
  const arrivals = on(call, 'data', { signal, close: ['end'], highWaterMark: 64, lowWaterMark: 16 });
  for await (const [message] of arrivals as AsyncIterable<[Request]>) yield message;
}

/** Writes one message and waits while the client is slower than we are. */
export const send = async <Message>(
  call: Writable & { write(message: Message): boolean },
  message: Message,
  signal: AbortSignal,
): Promise<void> => {
  signal.throwIfAborted();
  call.write(message);
  await drained(call, signal);
};

/** Resolves when the client has taken so much of what was written that more may be. */
export const drained = async (call: Writable, signal: AbortSignal): Promise<void> => {
  if (call.writableNeedDrain) await once(call, 'drain', { signal });
};

/** A handler of a call that streams its answer: serves it, then ends it, with an error where serving failed. */
export const streaming =
  <Call extends Writable & WithMetadata & Pick<ServerWritableStream<unknown, unknown>, 'cancelled'>>(
    serving: Serving,
    serve: (call: Call, life: CallLife) => Promise<void>,
  ) =>
  (call: Call): void => {
    const signals = signalsOf(call, serving.stopping);
    const served = callerOf(call, serving).then((caller) => serve(call, { ...signals, caller }));
    served.then(
      () => call.end(),
      (error: unknown) => {
        if (!call.cancelled) call.emit('error', refuse(error, signals, serving)); // destroy() would lose what is still to be sent
      },
    );
  };

/** A handler of a call with one answer. */
export const answering =
  <Call extends EventEmitter & WithMetadata, Response>(serving: Serving, serve: (call: Call, life: CallLife) => Promise<Response>) =>
  (call: Call, callback: (error: Partial<ServiceError> | null, response?: Response) => void): void => {
    const signals = signalsOf(call, serving.stopping);
    const served = callerOf(call, serving).then((caller) => serve(call, { ...signals, caller }));
    served.then(
      (response) => callback(null, response),
      (error: unknown) => callback(refuse(error, signals, serving)),
    );
  };

const refuse = (error: unknown, { over }: Signals, { logger }: Serving): Refusal => {
  const cause: unknown = over.aborted ? over.reason : error; // what waits with a signal throws its own AbortError
  const refusal = refusalFor(cause);
  if (refusal.code === status.INTERNAL) logger.error({ err: cause }, 'A call failed for a reason nobody thought of');
  return refusal;
};
