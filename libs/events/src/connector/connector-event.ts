import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';

/** The public part of a definition, as `GET /v1/connectors/{key}` shows it: readers need no catalog of their own. */
const recorded = {
  key: z.string(),
  version: z.number().int().positive(),
  digest: z.string(), // of the whole definition: the same version with another digest refuses to start
  definition: z.record(z.string(), z.unknown()),
};

export const ConnectorPublished = EventType.named('ConnectorPublished', z.object(recorded));
export type ConnectorPublished = EventOf<typeof ConnectorPublished>;

export const ConnectorRevised = EventType.named('ConnectorRevised', z.object(recorded));
export type ConnectorRevised = EventOf<typeof ConnectorRevised>;

export const ConnectorRetired = EventType.named('ConnectorRetired', z.object({ key: z.string(), version: z.number().int().positive() }));
export type ConnectorRetired = EventOf<typeof ConnectorRetired>;

/** Everything that happens in a stream `connector-<key>`. */
export type ConnectorEvent = ConnectorPublished | ConnectorRevised | ConnectorRetired;

export const connectorEvents = { ConnectorPublished, ConnectorRevised, ConnectorRetired };
