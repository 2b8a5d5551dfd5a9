import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Database, targetOf } from '#postgres';
import { Secret } from '#secret';
import { openKeyRing, Vault, type SecretAddress } from '#vault';
import { Pool } from 'pg';
import { v7 } from 'uuid';
import type { Scratch } from '../scratch';
import type { Bench, BenchOptions, Measured } from './bench';
import { perSecond } from './in-flight';
import { medianRates } from './median-rates';
import { startOwnDatabase } from './own-database';

const inFlight = 16;
const defaultSecrets = 5_000;
const defaultRounds = 5;
const secretBytes = 512;
const poolSize = 10;
const select = 'select * from vault.secrets where secret_id = $1';

export const vault: Bench = {
  name: 'vault',
  sentence:
    'Secrets of 512 bytes opened by the vault, 16 in flight: one row read, its data key unwrapped, the secret decrypted. Raw: the same rows ' +
    'read by a bare prepared statement and two AES-256-GCM decryptions of the same sizes by node:crypto, with no vault around them.',
  bar: 'none: it shows what the vault costs beside the database and the cipher',
  run,
};

type Round = Readonly<Record<'open' | 'seal' | 'raw' | 'roundTrip', number>>;

async function run(scratch: Scratch, { events = defaultSecrets, rounds = defaultRounds }: BenchOptions): Promise<Measured> {
  const { parts, unwanted, say, folder } = scratch;
  const { urlOf } = await startOwnDatabase(scratch);
  const url = urlOf('patchbay_connection');
  const database = await Database.open({ url, applicationName: 'patchbay-bench', poolSize });
  parts.add({ stop: () => database.close() });
  const pool = new Pool({ ...targetOf(url), max: poolSize });
  parts.add({ stop: () => pool.end() });
  const measured = new Vault(database, await openKeyRing(join(folder, 'key-ring.json')));
  const secret = Secret.of(randomBytes(secretBytes));
  const boxes = [boxOf(32), boxOf(secretBytes)];

  const round = async (): Promise<Round> => {
    const addresses = Array.from({ length: events }, addressOfOwn);
    const each = (work: (address: SecretAddress) => Promise<unknown>): Promise<number> =>
      perSecond(
        addresses.map((address) => [address]),
        inFlight,
        work,
        unwanted,
      );
    const read = ({ secretId }: SecretAddress): Promise<unknown> => pool.query({ name: 'one', text: select, values: [secretId] });
    return {
      seal: await each((address) => measured.seal(address, secret, { purpose: null })),
      open: await each(async (address) => (await measured.open(address)).wipe()),
      raw: await each(async (address) => {
        await read(address);
        for (const box of boxes) opened(box);
      }),
      roundTrip: await each(read),
    };
  };

  const rate = await medianRates(rounds, round, say);
  return {
    figure: rate('open'),
    unit: 'opens/s',
    raw: rate('raw'),
    conditions: {
      sealsPerSecond: Math.round(rate('seal')),
      roundTripsPerSecond: Math.round(rate('roundTrip')),
      encryptionsPerSecond: Math.round(ciphersPerSecond(() => boxOf(secretBytes))),
      decryptionsPerSecond: Math.round(ciphersPerSecond(() => boxes.forEach(opened)) * boxes.length),
      secretBytes,
      inFlight,
      secretsPerRound: events,
      rounds,
    },
  };
}

function addressOfOwn(): SecretAddress {
  return { workspaceId: 'acme', connectionId: v7(), kind: 'credential', secretId: v7(), boundTo: 'https://api.example.com' };
}

interface Box {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

function boxOf(bytes: number): Box {
  const [key, iv] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  const ciphertext = Buffer.concat([cipher.update(randomBytes(bytes)), cipher.final()]);
  return { key, iv, ciphertext, tag: cipher.getAuthTag() };
}

function opened({ key, iv, ciphertext, tag }: Box): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAuthTag(tag);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

function ciphersPerSecond(work: () => unknown): number {
  const times = 20_000;
  const began = performance.now();
  for (let nth = 0; nth < times; nth += 1) work();
  return (1_000 * times) / (performance.now() - began);
}
