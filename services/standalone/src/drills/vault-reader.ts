import { setTimeout as pause } from 'node:timers/promises';
import { Database } from '#postgres';
import { Secret } from '#secret';
import { openKeyRing, Vault, type SecretAddress } from '#vault';
import { secretOf, type Reading, type ReadingOrder } from './reading';

/**
 * A process that does nothing but open secrets and see whether they are what was sealed. Prints `reading` once it begins, and what it read when
 * it is through, or when its parent wants no more.
 */
const enough = new AbortController();
const poolSize = 10;
const inFlight = 16;
const shownFailures = 20;

process.once('message', (order: ReadingOrder) => void run(order));
process.once('disconnect', () => enough.abort());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined); // our parent decides

async function run({ url, keyRing, perSecond }: ReadingOrder): Promise<void> {
  const database = await Database.open({ url: Secret.of(url), applicationName: 'patchbay-reader', poolSize });
  const vault = new Vault(database, await openKeyRing(keyRing));
  const addresses = await database.query<SecretAddress>(
    `select workspace_id as "workspaceId", connection_id as "connectionId", kind, secret_id as "secretId", bound_to as "boundTo" from vault.secrets`,
  );
  const reading: { reads: [at: number, ms: number][]; failed: number; failures: string[] } = { reads: [], failed: 0, failures: [] };
  const read = async (address: SecretAddress, due: number): Promise<void> => {
    try {
      const secret = await vault.open(address);
      if (secret.reveal() !== secretOf(address.secretId)) throw new Error('it is not what was sealed');
      secret.wipe();
    } catch (error) {
      reading.failed += 1;
      if (reading.failures.length < shownFailures) reading.failures.push(`${address.secretId}: ${String(error)}`);
    }
    reading.reads.push([performance.timeOrigin + due, performance.now() - due]);
  };
  process.stdout.write('reading\n');
  await (perSecond === null ? once(addresses, read) : steadily(addresses, perSecond, read));
  process.stdout.write(`${JSON.stringify(reading satisfies Reading)}\n`, () => process.exit(0));
}

type Read = (address: SecretAddress, due: number) => Promise<void>;

async function once(addresses: readonly SecretAddress[], read: Read): Promise<void> {
  const left = addresses.values();
  const work = async (): Promise<void> => {
    for (const address of left) await read(address, performance.now());
  };
  await Promise.all(Array.from({ length: inFlight }, work));
}

/** An open loop: a read is due when it is due, however long those before it take, and its time counts from then. */
async function steadily(addresses: readonly SecretAddress[], perSecond: number, read: Read): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const began = performance.now();
  for (let nth = 0; !enough.signal.aborted; nth += 1) {
    const due = began + (nth * 1_000) / perSecond;
    await pause(Math.max(due - performance.now(), 0));
    const address = addresses[Math.floor(Math.random() * addresses.length)];
    if (address === undefined) return;
    const one = read(address, due).finally(() => underWay.delete(one));
    underWay.add(one);
  }
  await Promise.all(underWay);
}
