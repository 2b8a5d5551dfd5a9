import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { EventMetadata } from './event-metadata';

/** The `prevHash` of the first event of a stream. */
export const chainStart = '0'.repeat(64);

export interface ChainedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  /** The stored name, with its version. */
  readonly type: string;
  /** The data as stored: never lifted to a newer version. */
  readonly data: unknown;
  readonly metadata: Omit<EventMetadata, 'hash'>;
}

/** Lower-case hex SHA-256 over the canonical JSON (RFC 8785) of the event; `prevHash`, inside the metadata, makes it a chain. */
export function hashOf({ stream, revision, eventId, type, data, metadata }: ChainedEvent): string {
  const canonical = canonicalize({ stream, revision, eventId, type, data, metadata });
  if (canonical === undefined) throw new TypeError('an event must be representable as JSON');
  return createHash('sha256').update(canonical, 'utf8').digest('hex');
}
