import { revisionText, type StoredEvent } from '../log-event';
import { ReadResp } from './protocol';
import { wireStreamName, wireUuid } from './wire-values';

/** An answer of `Streams/Read` as it goes over the wire. */
export type ReadAnswer = Buffer;

export const eventAnswer = (event: StoredEvent): ReadAnswer => {
  const position = String(event.position);
  const recorded = new ReadResp.ReadEvent.RecordedEvent()
    .setId(wireUuid(event.id))
    .setStreamIdentifier(wireStreamName(event.stream))
    .setStreamRevision(revisionText(event.revision))
    .setCommitPosition(position)
    .setPreparePosition(position)
    .setData(event.data)
    .setCustomMetadata(event.metadata);
  recorded
    .getMetadataMap()
    .set('type', event.type)
    .set('created', ticksOf(event.created))
    .set('content-type', event.isJson ? 'application/json' : 'application/octet-stream');
  return encoded(new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(position)));
};

export const confirmationAnswer = (subscriptionId: string): ReadAnswer =>
  encoded(new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(subscriptionId)));

export const checkpointAnswer = (position: bigint): ReadAnswer =>
  encoded(new ReadResp().setCheckpoint(new ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position))));

export const caughtUpAnswer = (): ReadAnswer => encoded(new ReadResp().setCaughtUp(new ReadResp.CaughtUp()));

/** A missing stream is a message of a read that succeeds. */
export const streamNotFoundAnswer = (stream: string): ReadAnswer =>
  encoded(new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(wireStreamName(stream))));

/** 100 ns each, since the epoch; beyond what a number holds exactly. */
const ticksOf = (time: Date): string => `${time.getTime()}0000`;

const encoded = (response: ReadResp): ReadAnswer => Buffer.from(response.serializeBinary());
