import type { EventStoreDBClient } from '@eventstore/db-client';
import { Secret } from '#secret';
import { clientFor } from './connection-string';
import type { EventStore } from './event-store';
import { EventStoreDb } from './eventstoredb';
import { RawLog } from './raw-log';

export interface OpenEventStoreOptions {
  /** `esdb://host:2113?tls=false`, `esdb+discover://user:password@host:2113`, … A secret where it holds a password. */
  readonly url: string | Secret;
  /** Shown in the server's list of connections. */
  readonly name?: string;
  /** How long an append with all its attempts, or the next event of a read, may take; 1,500 ms unless told, 3,000 at most. */
  readonly callTimeoutMs?: number;
  /** Told each time a subscription breaks; it goes on by itself. */
  readonly onInterruption?: (error: unknown) => void;
}

/** The log at a URL. Connects with the first call. Throws a `TypeError` for a URL that cannot be read. */
export function openEventStore(options: OpenEventStoreOptions): EventStore {
  const { url, name = 'patchbay', callTimeoutMs = 1_500, onInterruption = () => undefined } = options;
  return new EventStoreDb({ connect: connecting(url, name), callTimeoutMs, onInterruption });
}

/** The log at a URL, byte for byte. Connects with the first call. Throws a `TypeError` for a URL that cannot be read. */
export function openRawLog({ url, name = 'patchbay' }: Pick<OpenEventStoreOptions, 'url' | 'name'>): RawLog {
  return new RawLog(connecting(url, name));
}

function connecting(url: string | Secret, name: string): (purpose: 'appends' | 'reads') => EventStoreDBClient {
  return (purpose) => clientFor(url instanceof Secret ? url.reveal() : url, `${name}-${purpose}`);
}
