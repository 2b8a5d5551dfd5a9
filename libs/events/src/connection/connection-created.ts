import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';

/** How a connection authenticates. A bearer token is an `api_key` that travels as `Authorization: Bearer …`. */
export const authTypes = ['oauth2', 'api_key', 'basic', 'connection_string', 'signed', 'service_account', 'webhook', 'none'] as const;
export type AuthType = (typeof authTypes)[number];

export const environments = ['production', 'sandbox'] as const;
export type Environment = (typeof environments)[number];

/** A setting is never secret; what is secret lies in the vault. */
export const Settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.string())]));
export type Settings = z.infer<typeof Settings>;

/** A workspace configured an instance of a connector. It has no credential yet. */
export const ConnectionCreated = EventType.named(
  'ConnectionCreated',
  z.object({
    workspaceId: z.string(),
    connectorKey: z.string(),
    connectorVersion: z.number().int().positive(),
    name: z.string(),
    authType: z.enum(authTypes),
    serviceUrl: z.string().optional(),
    settings: Settings,
    environment: z.enum(environments).optional(),
    owner: z.string(),
    labels: z.record(z.string(), z.string()),
    statusAfter: StatusAfter,
  }),
);
export type ConnectionCreated = EventOf<typeof ConnectionCreated>;
