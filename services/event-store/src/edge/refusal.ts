import { Metadata, status } from '@grpc/grpc-js';
import type { ExpectedVersion } from '../log-event';
import type { StreamAction } from '../access-list';

/**
 * A call that ends in an error: code and text, and for conditions the client has a class for, its name in the trailer `exception` with
 * the condition's own keys beside it (`src/utils/CommandError.ts` of the client reads them). grpc-js takes it as it is.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly metadata = new Metadata();

  constructor(
    readonly code: status,
    readonly details: string,
    trailers: Readonly<Record<string, string>> = {},
  ) {
    super(details);
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, value);
  }
}

export const badRequest = (details: string): Refusal => new Refusal(status.INVALID_ARGUMENT, details);

export const metadataPropertyIsMissing = (property: string): Refusal =>
  new Refusal(status.INVALID_ARGUMENT, `The metadata of an event lacks ${property}.`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

/** Data, metadata and types of one append are larger than it may be. */
export class AppendIsTooLarge extends Refusal {
  constructor(readonly maxBytes: number) {
    super(status.INVALID_ARGUMENT, `An append may carry ${maxBytes} bytes.`, {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(maxBytes),
    });
  }
}

/** As the real server has it: also of a caller who has not said who they are. */
export class AccessIsDenied extends Refusal {
  constructor(action: StreamAction) {
    super(status.PERMISSION_DENIED, `The caller may not ${action} this stream.`, { exception: 'access-denied' });
  }
}

export const credentialsAreWrong = (): Refusal =>
  new Refusal(status.UNAUTHENTICATED, 'The event store knows no such user with this password.');

/** The stream was deleted for good, or was asked to exist and is deleted. */
export const streamIsDeleted = (stream: string): Refusal =>
  new Refusal(status.FAILED_PRECONDITION, 'The stream is deleted.', { exception: 'stream-deleted', 'stream-name': inTrailer(stream) });

/** A deletion expected another version. Appends are told so in their answer. */
export const wrongExpectedVersion = (stream: string, expected: ExpectedVersion, actual: number): Refusal =>
  new Refusal(status.FAILED_PRECONDITION, 'The stream is not at the version the deletion expects.', {
    exception: 'wrong-expected-version',
    'stream-name': inTrailer(stream),
    'expected-version': String(typeof expected === 'number' ? expected : versionNumbers[expected]),
    'actual-version': String(actual),
  });

/** As EventStoreDB numbers them. */
const versionNumbers = { 'no-stream': -1, any: -2, 'stream-exists': -4 } as const;

/** A trailer holds printable ASCII; the rest is percent-encoded. */
const inTrailer = (text: string): string => text.replaceAll(/[^ -~]+/gu, encodeURIComponent);

export const deadlineHasPassed = (): Refusal => new Refusal(status.DEADLINE_EXCEEDED, 'The deadline passed before it was begun.');

export const deadlineHasPassedMeanwhile = (): Refusal =>
  new Refusal(
    status.DEADLINE_EXCEEDED,
    'The deadline passed, and whether it was stored is not known: the same again, with the same ids, is safe.',
  );

/** How the real server ends the calls it has open when it stops: clients then connect anew, and ask again. */
export const shuttingDown = (): Refusal => new Refusal(status.CANCELLED, 'The event store is stopping.');

export const notServed = (sentence: string): Refusal => new Refusal(status.UNIMPLEMENTED, sentence);

export const unavailable = (sentence: string): Refusal => new Refusal(status.UNAVAILABLE, sentence);
