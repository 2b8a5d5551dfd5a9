import { list, logLevels, port, secretUrl, url, type LogLevel } from '#runtime';
import type { Secret } from '#secret';
import { resolve } from 'node:path';
import { z } from 'zod';

export interface StandaloneConfig {
  /** 0: one that is free. */
  readonly httpPort: number;
  /** Where `GET /metrics` is answered. 0: one that is free. */
  readonly metricsPort: number;
  /** Absolute. */
  readonly dataFolder: string;
  /** As the owner; undefined: the embedded server. */
  readonly databaseUrl: Secret | undefined;
  /** undefined: the embedded event store. */
  readonly eventStoreUrl: string | undefined;
  readonly outboundAllowedCidrs: readonly string[];
  readonly logLevel: LogLevel;
}

export const standaloneConfig = z
  .object({
    PATCHBAY_HTTP_PORT: port().default(8080).meta({ description: 'The port of the HTTP API, on 127.0.0.1.', example: '8080' }),
    PATCHBAY_GRPC_PORT: port().default(9090).meta({
      description: 'The port of the gRPC API. Nothing listens there before that API is served.',
      example: '9090',
    }),
    PATCHBAY_METRICS_PORT: port().default(9464).meta({
      description: 'The port of GET /metrics, on 127.0.0.1: what all services of the standalone measure. 0: one that is free.',
      example: '9464',
    }),
    PATCHBAY_DATA: z.string().default('.patchbay').meta({
      description: 'The folder of everything the standalone keeps: the database, the key ring, the local issuer, the log.',
      example: '.patchbay',
    }),
    DATABASE_URL: secretUrl('postgres', 'postgresql').optional().meta({
      description: 'A PostgreSQL of your own, 14 or newer, as the owner of the database; without it the embedded one is started.',
      example: 'postgres://patchbay_owner:password@127.0.0.1:5432/patchbay',
    }),
    EVENT_STORE_URL: url('esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover').optional().meta({
      description: 'An EventStoreDB or KurrentDB of your own; without it the embedded event store is started.',
      example: 'esdb://127.0.0.1:2113?tls=false',
    }),
    OUTBOUND_ALLOWED_CIDRS: list().default([]).meta({
      description: 'Private ranges that connections may call, each with its port if it is only one.',
      example: '10.20.0.0/16,127.0.0.1/32:8081',
    }),
    PATCHBAY_LOG_LEVEL: z.enum(logLevels).default('info').meta({ description: 'The least level that is logged.', example: 'info' }),
  })
  .transform((env): StandaloneConfig => ({
    httpPort: env.PATCHBAY_HTTP_PORT,
    metricsPort: env.PATCHBAY_METRICS_PORT,
    dataFolder: resolve(env.PATCHBAY_DATA),
    databaseUrl: env.DATABASE_URL,
    eventStoreUrl: env.EVENT_STORE_URL,
    outboundAllowedCidrs: env.OUTBOUND_ALLOWED_CIDRS,
    logLevel: env.PATCHBAY_LOG_LEVEL,
  }));
