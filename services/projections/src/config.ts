import { logLevels, port, secretUrl, type LogLevel } from '#runtime';
import type { Secret } from '#secret';
import { z } from 'zod';

export interface ProjectionsConfig {
  /** As the role patchbay_projections. */
  readonly databaseUrl: Secret;
  /** A secret where it holds a password. */
  readonly eventStoreUrl: string | Secret;
  /** Where `GET /healthz`, `/readyz` and `/metrics` are answered: 0, at a port that is free; undefined, nowhere. */
  readonly httpPort?: number | undefined;
}

export const projectionsConfig = z
  .object({
    PROJECTIONS_DATABASE_URL: secretUrl('postgres', 'postgresql').meta({
      description: 'The database of the read models, as the role patchbay_projections.',
      example: 'postgres://patchbay_projections:password@127.0.0.1:5432/patchbay',
    }),
    EVENT_STORE_URL: secretUrl('esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover').meta({
      description: 'The event log: EventStoreDB, KurrentDB or the embedded event store.',
      example: 'esdb://127.0.0.1:2113?tls=false',
    }),
    PROJECTIONS_HTTP_PORT: port().optional().meta({
      description: 'The port on which the projections process answers GET /healthz, /readyz and /metrics; without it, it does not.',
      example: '9102',
    }),
    PATCHBAY_LOG_LEVEL: z.enum(logLevels).default('info').meta({ description: 'The least level that is logged.', example: 'info' }),
  })
  .transform((env): ProjectionsConfig & { readonly logLevel: LogLevel } => ({
    databaseUrl: env.PROJECTIONS_DATABASE_URL,
    eventStoreUrl: env.EVENT_STORE_URL,
    httpPort: env.PROJECTIONS_HTTP_PORT,
    logLevel: env.PATCHBAY_LOG_LEVEL,
  }));
