import { logLevels, port, secretUrl, type LogLevel } from '#runtime';
import type { Secret } from '#secret';
import { z } from 'zod';

export interface EventStoreServerConfig {
  /** The address that is listened on. Whoever reaches it may read and write the log: calls carry no identity. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** As the role patchbay_log. */
  readonly databaseUrl: Secret;
}

export const eventStoreServerConfig = z
  .object({
    EVENT_STORE_HOST: z.string().default('127.0.0.1').meta({
      description: 'The address the embedded event store listens on; whoever reaches it may read and write the log.',
      example: '127.0.0.1',
    }),
    EVENT_STORE_PORT: port().default(2113).meta({ description: 'The port of the embedded event store.', example: '2113' }),
    EVENT_STORE_DATABASE_URL: secretUrl('postgres', 'postgresql').meta({
      description: 'The database of the embedded event store, as the role patchbay_log.',
      example: 'postgres://patchbay_log:password@127.0.0.1:5432/patchbay',
    }),
    PATCHBAY_LOG_LEVEL: z.enum(logLevels).default('info').meta({ description: 'The least level that is logged.', example: 'info' }),
  })
  .transform((env): EventStoreServerConfig & { readonly logLevel: LogLevel } => ({
    host: env.EVENT_STORE_HOST,
    port: env.EVENT_STORE_PORT,
    databaseUrl: env.EVENT_STORE_DATABASE_URL,
    logLevel: env.PATCHBAY_LOG_LEVEL,
  }));
