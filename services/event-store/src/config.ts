import { logLevels, port, secretUrl, type LogLevel } from '#runtime';
import type { Secret } from '#secret';
import { z } from 'zod';
import type { TlsFiles } from './tls-identity';

export interface EventStoreServerConfig {
  /** The address that is listened on. Where no users are named, whoever reaches it may read and write the log. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** As the role patchbay_log. */
  readonly databaseUrl: Secret;
  /** Undefined: without TLS. */
  readonly tls?: TlsFiles | undefined;
  /** The file that names who may call; undefined: anybody. Asks for TLS, as clients send no credentials without it. */
  readonly users?: string | undefined;
  /** How often clients are pinged, and how long they may take to answer; every 10 s and for 10 s unless told. */
  readonly keepAlive?: { readonly intervalMs: number; readonly timeoutMs: number } | undefined;
  /** Where `GET /healthz`, `/readyz` and `/metrics` are answered: 0, at a port that is free; undefined, nowhere. */
  readonly httpPort?: number | undefined;
}

/** Of the real server, too. */
export const defaultKeepAlive = { intervalMs: 10_000, timeoutMs: 10_000 };

const milliseconds = (): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'is not a number of milliseconds')
    .transform(Number);

export const eventStoreServerConfig = z
  .object({
    EVENT_STORE_HOST: z.string().default('127.0.0.1').meta({
      description: 'The address the embedded event store listens on; without users, whoever reaches it may read and write the log.',
      example: '127.0.0.1',
    }),
    EVENT_STORE_PORT: port().default(2113).meta({ description: 'The port of the embedded event store.', example: '2113' }),
    EVENT_STORE_DATABASE_URL: secretUrl('postgres', 'postgresql').meta({
      description: 'The database of the embedded event store, as the role patchbay_log.',
      example: 'postgres://patchbay_log:password@127.0.0.1:5432/patchbay',
    }),
    EVENT_STORE_TLS_CERTIFICATE: z.string().optional().meta({
      description: 'The file of its certificate in PEM, followed by those that vouch for it; without it, there is no TLS.',
      example: '/etc/patchbay/event-store.crt',
    }),
    EVENT_STORE_TLS_KEY: z.string().optional().meta({
      description: "The file of the certificate's private key in PEM, which only its owner may read.",
      example: '/etc/patchbay/event-store.key',
    }),
    EVENT_STORE_USERS: z.string().optional().meta({
      description: 'The file of the users who may call, written with npm run log-user; without it, anybody may. Asks for TLS.',
      example: '/etc/patchbay/event-store-users.json',
    }),
    EVENT_STORE_KEEP_ALIVE_INTERVAL: milliseconds().default(defaultKeepAlive.intervalMs).meta({
      description: 'How often, in ms, clients of the embedded event store are pinged.',
      example: '10000',
    }),
    EVENT_STORE_KEEP_ALIVE_TIMEOUT: milliseconds().default(defaultKeepAlive.timeoutMs).meta({
      description: 'After how long, in ms, a client that answers no ping is gone.',
      example: '10000',
    }),
    EVENT_STORE_HTTP_PORT: port().optional().meta({
      description: 'The port on which the embedded event store answers GET /healthz, /readyz and /metrics; without it, it does not.',
      example: '9103',
    }),
    PATCHBAY_LOG_LEVEL: z.enum(logLevels).default('info').meta({ description: 'The least level that is logged.', example: 'info' }),
  })
  .superRefine((env, problems) => {
    const refuse = (name: keyof typeof env, message: string): void => problems.addIssue({ code: 'custom', path: [name], message });
    const { EVENT_STORE_TLS_CERTIFICATE: certificate, EVENT_STORE_TLS_KEY: key, EVENT_STORE_USERS: users } = env;
    if (certificate !== undefined && key === undefined) refuse('EVENT_STORE_TLS_KEY', 'is asked for beside the certificate');
    if (key !== undefined && certificate === undefined) refuse('EVENT_STORE_TLS_CERTIFICATE', 'is asked for beside the key');
    if (users !== undefined && certificate === undefined && key === undefined) {
      refuse('EVENT_STORE_USERS', 'asks for EVENT_STORE_TLS_CERTIFICATE and EVENT_STORE_TLS_KEY: clients send no credentials without TLS');
    }
  })
  .transform((env): EventStoreServerConfig & { readonly logLevel: LogLevel } => ({
    host: env.EVENT_STORE_HOST,
    port: env.EVENT_STORE_PORT,
    databaseUrl: env.EVENT_STORE_DATABASE_URL,
    tls: tlsFilesOf(env.EVENT_STORE_TLS_CERTIFICATE, env.EVENT_STORE_TLS_KEY),
    users: env.EVENT_STORE_USERS,
    keepAlive: { intervalMs: env.EVENT_STORE_KEEP_ALIVE_INTERVAL, timeoutMs: env.EVENT_STORE_KEEP_ALIVE_TIMEOUT },
    httpPort: env.EVENT_STORE_HTTP_PORT,
    logLevel: env.PATCHBAY_LOG_LEVEL,
  }));

const tlsFilesOf = (certificate: string | undefined, key: string | undefined): TlsFiles | undefined =>
  certificate === undefined || key === undefined ? undefined : { certificate, key };
