import { list, logLevels, port, secretUrl, url, type LogLevel } from '#runtime';
import type { Secret } from '#secret';
import { z } from 'zod';

export interface ConnectionConfig {
  /** The address that is listened on. */
  readonly host: string;
  /** 0: one that is free. */
  readonly httpPort: number;
  /** What people and services reach it at: the base of every URL it hands out. */
  readonly publicUrl: string;
  /** As the role patchbay_connection. */
  readonly databaseUrl: Secret;
  /** As the role patchbay_jobs: for what one of the processes does for all workspaces. */
  readonly jobsDatabaseUrl: Secret;
  readonly eventStoreUrl: string;
  readonly rootKey: RootKeyPlace;
  /** Where the issuer of tokens publishes its keys. */
  readonly jwksUrl: string;
  readonly jwtIssuer: string;
  /** Each `cidr[:port]`. */
  readonly outboundAllowedCidrs: readonly string[];
  /** More of the installation's own addresses, besides those named here: no connection may lead to one. */
  readonly ownEndpoints: readonly string[];
  /** Where `GET /metrics` is answered: 0, at a port that is free; undefined, nowhere. */
  readonly metricsPort?: number | undefined;
}

/** Where the root of all keys is. */
export type RootKeyPlace = { readonly in: 'file'; readonly path: string } | { readonly in: 'aws-kms'; readonly keyId: string };

export const connectionConfig = z
  .object({
    CONNECTION_HTTP_HOST: z.string().default('127.0.0.1').meta({ description: 'The address HTTP is served at.', example: '0.0.0.0' }),
    CONNECTION_HTTP_PORT: port().default(8080).meta({ description: 'The port HTTP is served at.', example: '8080' }),
    CONNECTION_PUBLIC_URL: publicUrl().meta({
      description: 'What people and services reach Patchbay at; https, or http on this machine.',
      example: 'https://patchbay.example.com',
    }),
    CONNECTION_DATABASE_URL: secretUrl('postgres', 'postgresql').meta({
      description: 'The database of the vault and the read models, as the role patchbay_connection.',
      example: 'postgres://patchbay_connection:password@127.0.0.1:5432/patchbay',
    }),
    CONNECTION_JOBS_DATABASE_URL: secretUrl('postgres', 'postgresql').meta({
      description: 'The same database as the role patchbay_jobs: one of the processes finishes what was begun and sweeps the vault.',
      example: 'postgres://patchbay_jobs:password@127.0.0.1:5432/patchbay',
    }),
    EVENT_STORE_URL: url('esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover').meta({
      description: 'The event log: EventStoreDB, KurrentDB or the embedded event store.',
      example: 'esdb://127.0.0.1:2113?tls=false',
    }),
    VAULT_KEY_RING: z.string().optional().meta({
      description: 'The file with the root keys of the vault (mode 0600), created at the first start. Whoever loses it loses every secret.',
      example: '/var/lib/patchbay/key-ring.json',
    }),
    VAULT_KMS_KEY: z.string().optional().meta({
      description: 'Instead of a key ring: the root key in AWS KMS, by id, ARN or alias; region and credentials as the AWS SDK finds them.',
      example: 'alias/patchbay',
    }),
    CONNECTION_JWKS_URL: url('https', 'http', 'file').meta({
      description: 'Where the issuer of access tokens publishes its keys.',
      example: 'https://login.example.com/.well-known/jwks.json',
    }),
    CONNECTION_JWT_ISSUER: z.string().meta({ description: 'The issuer that tokens name (iss).', example: 'https://login.example.com' }),
    OUTBOUND_ALLOWED_CIDRS: list().default([]).meta({
      description: 'Ranges that connections may lead to although they are not public: address/length, with :port for one port only.',
      example: '10.20.0.0/16,192.168.7.4/32:8443',
    }),
    CONNECTION_METRICS_PORT: port().optional().meta({
      description: 'The port on which the connection service answers GET /metrics; without it, it does not.',
      example: '9101',
    }),
    PATCHBAY_LOG_LEVEL: z.enum(logLevels).default('info').meta({ description: 'The least level that is logged.', example: 'info' }),
  })
  .refine(({ VAULT_KEY_RING, VAULT_KMS_KEY }) => (VAULT_KEY_RING === undefined) !== (VAULT_KMS_KEY === undefined), {
    path: ['VAULT_KEY_RING'],
    error: 'and VAULT_KMS_KEY are both set: the root key is in one place',
    when: () => true, // also where something else is wrong: every problem is told at once
  })
  .transform((env): ConnectionConfig & { readonly logLevel: LogLevel } => ({
    host: env.CONNECTION_HTTP_HOST,
    httpPort: env.CONNECTION_HTTP_PORT,
    publicUrl: env.CONNECTION_PUBLIC_URL.replace(/\/+$/, ''),
    databaseUrl: env.CONNECTION_DATABASE_URL,
    jobsDatabaseUrl: env.CONNECTION_JOBS_DATABASE_URL,
    eventStoreUrl: env.EVENT_STORE_URL,
    rootKey: env.VAULT_KMS_KEY === undefined ? { in: 'file', path: env.VAULT_KEY_RING ?? '' } : { in: 'aws-kms', keyId: env.VAULT_KMS_KEY },
    jwksUrl: env.CONNECTION_JWKS_URL,
    jwtIssuer: env.CONNECTION_JWT_ISSUER,
    outboundAllowedCidrs: env.OUTBOUND_ALLOWED_CIDRS,
    ownEndpoints: [],
    metricsPort: env.CONNECTION_METRICS_PORT,
    logLevel: env.PATCHBAY_LOG_LEVEL,
  }));

/** Tokens travel there: in clear on this machine only. */
function publicUrl(): z.ZodType<string, string> {
  return url('https', 'http').refine((text) => {
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  }, 'is http on a host that is not this machine');
}
