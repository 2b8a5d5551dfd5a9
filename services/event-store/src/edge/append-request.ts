import { bytesOf, maxAppendBytes } from '../append';
import type { ExpectedVersion, ProposedEvent } from '../log-event';
import type { AppendReq, BatchAppendReq } from './protocol';
import { AppendIsTooLarge, badRequest, metadataPropertyIsMissing } from './refusal';
import { storable, uuidOf } from './wire-values';

interface VersionOptions {
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
  hasAny(): boolean;
}

/** `revision`: the field that holds an exact one, which the kinds of request call differently; null when it is not set. */
export const expectedVersionOf = (options: VersionOptions, revision: string | null): ExpectedVersion => {
  if (revision !== null) {
    const exact = Number(revision);
    if (!Number.isSafeInteger(exact)) throw badRequest('No stream has as many events as the expected revision says.');
    return exact;
  }
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasStreamExists()) return 'stream-exists';
  if (options.hasAny()) return 'any';
  throw badRequest('The request does not say which version it expects.');
};

const proposedEventOf = (message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): ProposedEvent => {
  const metadata = message.getMetadataMap();
  const type = metadata.get('type');
  const contentType = metadata.get('content-type');
  if (type === undefined) throw metadataPropertyIsMissing('type');
  if (contentType === undefined) throw metadataPropertyIsMissing('content-type');
  return {
    id: uuidOf(message.getId()),
    type: storable(type, 'An event type'),
    isJson: contentType === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
};

/** The events of one append as they come in, refused as soon as they are too large together. */
export class IncomingEvents {
  readonly events: ProposedEvent[] = [];
  #bytes = 0;

  add(message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): void {
    const event = proposedEventOf(message);
    this.#bytes += bytesOf(event);
    if (this.#bytes > maxAppendBytes) throw new AppendIsTooLarge(maxAppendBytes);
    this.events.push(event);
  }
}
