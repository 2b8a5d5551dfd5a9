import { Secret } from '#secret';
import { Client } from 'pg';
import type { EmbeddedSettings } from './embedded-settings';
import { scramVerifier } from './scram-verifier';
import { isUnavailable } from './unavailable';

/** The owner's role and the database of the embedded server. */
const ownerName = 'patchbay_owner';
const databaseName = 'patchbay';

export const ownerUrlOf = ({ port, ownerPassword }: EmbeddedSettings): Secret =>
  Secret.of(`postgres://${ownerName}:${ownerPassword.reveal()}@127.0.0.1:${port}/${databaseName}`);

/**
 * Whether the server answers its owner; creates the owner first when the server never had one. False while it starts, stops or is not there.
 */
export const answers = async (settings: EmbeddedSettings): Promise<boolean> => {
  try {
    await askAsOwner(settings).catch(async (error: unknown) => {
      if (!isUnprepared(error)) throw error;
      await createOwner(settings);
    });
    return true;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  }
};

const askAsOwner = ({ port, ownerPassword }: EmbeddedSettings): Promise<void> =>
  asking(port, { user: ownerName, database: databaseName, password: ownerPassword }, async (client) => {
    await client.query('select 1');
  });

// Invalid password (also for a role that is not there), no such database.
const isUnprepared = (error: unknown): boolean => ['28P01', '28000', '3D000'].includes((error as { code?: string }).code ?? '');

/**
 * Creates the owner and its database: all that the superuser is ever used for. The owner may create roles and databases, and end the
 * sessions of others (for a restore or a drill), no more.
 */
const createOwner = ({ port, superuserPassword, ownerPassword }: EmbeddedSettings): Promise<void> =>
  asking(port, { user: 'postgres', database: 'postgres', password: superuserPassword }, async (client) => {
    await client.query(`select pg_advisory_lock(hashtextextended('patchbay owner', 0))`); // two launchers may be here at once
    if (!(await finds(client, 'select from pg_roles where rolname = $1', ownerName))) {
      await client.query(`create role ${ownerName} login createrole createdb`);
    }
    await client.query(`grant pg_signal_backend to ${ownerName}`);
    await client.query(`alter role ${ownerName} password '${scramVerifier(ownerPassword.reveal())}'`);
    if (!(await finds(client, 'select from pg_database where datname = $1', databaseName))) {
      await client.query(`create database ${databaseName} owner ${ownerName}`);
    }
    await client.query('revoke all on database postgres, template1 from public');
  });

const finds = async (client: Client, sql: string, name: string): Promise<boolean> => ((await client.query(sql, [name])).rowCount ?? 0) > 0;

const asking = async (
  port: number,
  { user, database, password }: { user: string; database: string; password: Secret },
  ask: (client: Client) => Promise<void>,
): Promise<void> => {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user,
    database,
    password: () => password.reveal(),
    ssl: false,
    application_name: 'patchbay-launcher',
    connectionTimeoutMillis: 3_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined); // the question itself rejects
  try {
    await client.connect();
    await ask(client);
  } finally {
    await client.end().catch(() => undefined);
  }
};
