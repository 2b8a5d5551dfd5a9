import { readFileSync } from 'node:fs';
import { Secret } from '#secret';

/** Where a connection goes and as whom. The password is a function, so that a printed pool or client shows none. */
export interface DatabaseTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: () => string;
  readonly ssl: false | Encryption;
}

interface Encryption {
  readonly rejectUnauthorized: boolean;
  readonly ca?: Buffer;
}

/** A database URL that cannot be used. The message never repeats the URL, which holds a password. */
export class DatabaseUrlIsInvalid extends Error {
  override readonly name = 'DatabaseUrlIsInvalid';
}

const understood = new Set(['sslmode', 'sslrootcert', 'host']);

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…&sslrootcert=…` (libpq's URI, PostgreSQL manual 32.1.1.2).
 * `sslmode`: `disable` (default) talks plainly; `require`, `verify-ca` and `verify-full` all verify certificate and host name, which is
 * stricter than libpq; `no-verify` encrypts without verifying. `host` (a folder) is a unix socket's and takes the host's place.
 *
 * @throws DatabaseUrlIsInvalid
 */
export const targetOf = (url: Secret): DatabaseTarget => {
  const parsed = parse(url);
  for (const name of parsed.searchParams.keys()) {
    if (!understood.has(name)) throw new DatabaseUrlIsInvalid(`The database URL has a parameter Patchbay does not know: ${name}.`);
  }
  const user = decodeURIComponent(parsed.username);
  const database = decodeURIComponent(parsed.pathname.slice(1));
  if (user === '' || database === '') throw new DatabaseUrlIsInvalid('The database URL must name a user and a database.');
  const password = Secret.of(decodeURIComponent(parsed.password));
  return {
    host: parsed.searchParams.get('host') ?? parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    user,
    database,
    password: () => password.reveal(),
    ssl: encryptionOf(parsed.searchParams),
  };
};

/** The same server and options, another user or database. */
export const urlWith = (url: Secret, change: { user?: string; password?: Secret; database?: string }): Secret => {
  const parsed = parse(url);
  if (change.user !== undefined) parsed.username = encodeURIComponent(change.user);
  if (change.password !== undefined) parsed.password = encodeURIComponent(change.password.reveal());
  if (change.database !== undefined) parsed.pathname = `/${encodeURIComponent(change.database)}`;
  return Secret.of(parsed.href);
};

// The error of `new URL` carries its input, so it must not travel.
const parse = (url: Secret): URL => {
  const text = url.reveal();
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    throw new DatabaseUrlIsInvalid('The database URL must read postgres://user:password@host:port/database.');
  }
  return new URL(text);
};

const encryptionOf = (parameters: URLSearchParams): false | Encryption => {
  const mode = parameters.get('sslmode') ?? 'disable';
  const authority = parameters.get('sslrootcert');
  switch (mode) {
    case 'disable':
      return false;
    case 'no-verify':
      return { rejectUnauthorized: false };
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return { rejectUnauthorized: true, ...(authority !== null && { ca: readFileSync(authority) }) };
  }
  throw new DatabaseUrlIsInvalid('sslmode in the database URL must be disable, no-verify, require, verify-ca or verify-full.');
};
