import { EventMetadata, type EventContext } from './event-metadata';
import { connectionEvents, type ConnectionEvent } from './connection/connection-event';
import { connectorEvents, type ConnectorEvent } from './connector/connector-event';
import { hashOf } from './hash-chain';
import { keyEvents, type KeyEvent } from './key/key-event';
import { logEvents, type LogEvent } from './log/log-event';
import { nameEvents, type NameEvent } from './name/name-event';
import type { EventType } from './event-type';

/** Every event that is ever stored, but for snapshots. */
export type PatchbayEvent = ConnectionEvent | ConnectorEvent | NameEvent | KeyEvent | LogEvent;

type AnyEventType = EventType<PatchbayEvent['type'], PatchbayEvent['data']>;

/** Every event type by its name. */
export const eventTypes = { ...connectionEvents, ...connectorEvents, ...nameEvents, ...keyEvents, ...logEvents } as unknown as Readonly<
  Record<PatchbayEvent['type'], AnyEventType>
>;

/** Where in its stream an event will stand, and what is known about its making. */
export interface EventPlace {
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly prevHash: string;
  readonly occurredAt: string;
  readonly context: EventContext;
}

export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: EventMetadata;
}

/** Thrown for a stored type this release does not know: live reading parks it, a rebuild stops. */
export class UnknownEventType extends Error {
  override readonly name = 'UnknownEventType';
  constructor(readonly storedName: string) {
    super(`this release does not know the event type ${storedName}; a newer release wrote it`);
  }
}

const storedNamePattern = /^([A-Za-z]+)\.v([1-9]\d*)$/;

/** Between events and their stored form: versions in names, lifting of old shapes, the hash chain. */
export const eventCodec = {
  encode(event: PatchbayEvent, { stream, revision, eventId, prevHash, occurredAt, context }: EventPlace): EncodedEvent {
    const eventType = eventTypes[event.type];
    const data = JSON.parse(JSON.stringify(eventType.write(event.data))) as Record<string, unknown>; // exactly what a reader will parse
    const type = eventType.storedName;
    // What a caller's context holds besides is not stored, and so must not be hashed.
    const unhashed = EventMetadata.omit({ hash: true }).parse({ ...context, occurredAt, prevHash });
    const hash = hashOf({ stream, revision, eventId, type, data, metadata: unhashed });
    return { id: eventId, type, data, metadata: { ...unhashed, hash } };
  },

  decode(type: string, data: unknown): PatchbayEvent {
    const [, name = '', version = ''] = storedNamePattern.exec(type) ?? [];
    const eventType = Object.hasOwn(eventTypes, name) ? eventTypes[name as PatchbayEvent['type']] : undefined;
    if (!eventType || Number(version) > eventType.version) throw new UnknownEventType(type);
    return { type: eventType.name, data: eventType.read(Number(version), data) } as PatchbayEvent;
  },

  metadata(stored: unknown): EventMetadata {
    return EventMetadata.parse(stored);
  },
};
