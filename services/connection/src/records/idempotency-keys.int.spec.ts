import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refused } from '#domain';
import { Database } from '#postgres';
import { Secret } from '#secret';
import { canary, testDatabase, type TestDatabase } from '#testing';
import { openKeyRing, Vault, vaultMigrations, type KeyPort } from '#vault';
import { connectionMigrations } from '../migrations';
import { forgetExpiredKeys, IdempotencyKeys, type Begun, type KeyedRequest, type Lease } from './idempotency-keys';

const key = canary('1d0c7e');

describe('idempotency keys', () => {
  let folder: string;
  let testing: TestDatabase;
  let keyRing: KeyPort;
  let jobs: Database;
  const processes: { readonly database: Database; readonly keys: IdempotencyKeys; readonly vault: Vault }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-keys-'));
    testing = await testDatabase({ migrations: [...vaultMigrations, ...connectionMigrations] });
    keyRing = await openKeyRing(join(folder, 'key-ring.json'), {});
    // Two processes: each with a pool and a cache of keys of its own.
    for (const applicationName of ['one', 'two']) {
      const database = await Database.open({ url: testing.urlFor('patchbay_connection'), applicationName, poolSize: 5 });
      const vault = new Vault(database, keyRing);
      processes.push({ database, vault, keys: new IdempotencyKeys(database, vault) });
    }
    jobs = await Database.open({ url: testing.urlFor('patchbay_jobs'), applicationName: 'spec', poolSize: 1 });
    const owner = await Database.open({ url: testing.ownerUrl, applicationName: 'spec', poolSize: 1 });
    await owner.query('grant update on records.idempotency_keys to patchbay_jobs'); // here time is turned forward
    await owner.close();
  });
  afterAll(async () => {
    await Promise.all([...processes.map(({ database }) => database.close()), jobs.close()]);
    await testing.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const keys = (process = 0): IdempotencyKeys => processes[process]!.keys;
  const leased = async (request: KeyedRequest, process = 0): Promise<Lease> => leaseIn(await keys(process).begin(request));
  const answered = async (request: KeyedRequest, process = 0): Promise<string> => answerIn(await keys(process).begin(request));
  const change = (request: KeyedRequest, assignment: string): Promise<unknown> =>
    jobs.query(`update records.idempotency_keys set ${assignment} where workspace_id = $1 and key = $2`, [
      request.workspaceId,
      request.key,
    ]);
  const rowsOf = (table: string): Promise<{ text: string }[]> => jobs.query(`select row::text as text from ${table} as row`);

  it('let one of many run the request, whichever process they come to', async () => {
    for (let round = 0; round < 10; round++) {
      const request = anyRequest();
      const began = await Promise.allSettled(Array.from({ length: 16 }, (_, index) => keys(index % 2).begin(request)));
      const running = began.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(running).toHaveLength(1);
      const refused = began.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Refused).reason] : []));
      expect(new Set(refused)).toEqual(new Set(['RequestIsStillRunning']));
      await keys().finish(leaseIn(running[0]!), Secret.of('done'));
      expect(await answered(request, 1)).toBe('done');
    }
  });

  it('refuse another request under a key, while the first runs, once it is done and after it failed', async () => {
    const request = anyRequest();
    const other = { ...request, content: '{"other":1}' };
    const lease = await leased(request);
    await expect(keys().begin(other)).rejects.toMatchObject({ reason: 'KeyWasUsedForAnotherRequest' });
    await keys().release(lease);
    await expect(keys().begin(other)).rejects.toMatchObject({ reason: 'KeyWasUsedForAnotherRequest' });
    await keys().finish(await leased(request), Secret.of('done'));
    await expect(keys().begin(other)).rejects.toMatchObject({ reason: 'KeyWasUsedForAnotherRequest' });
  });

  it('belong to one workspace, one principal and one operation', async () => {
    const request = anyRequest();
    const others = [{ workspaceId: 'hooli' }, { principal: 'grace' }, { operation: 'VerifyConnection' }, { key: `${request.key}2` }];
    const leases = await Promise.all(
      [{}, ...others].map((changed) => leased({ ...request, ...changed, content: JSON.stringify(changed) })),
    );
    expect(new Set(leases.map(({ ids }) => ids.commandId)).size).toBe(5);
  });

  it('give the same ids to whoever goes on after a process that died', async () => {
    const request = anyRequest();
    const first = await leased(request);
    await expect(keys(1).begin(request)).rejects.toMatchObject({ reason: 'RequestIsStillRunning' });
    await change(request, `lease_until = now() - interval '1 ms'`);
    const second = await leased(request, 1);
    expect(second).toMatchObject({ ids: first.ids, answerId: first.answerId, attempt: 2 });
    await expect(keys().begin(request)).rejects.toMatchObject({ reason: 'RequestIsStillRunning' });
  });

  it('give the same ids at once after a refusal, and only the holder of the lease gives it back', async () => {
    const request = anyRequest();
    const first = await leased(request);
    await keys().release(first);
    const second = await leased(request, 1);
    expect(second.ids).toEqual(first.ids);
    await keys().release(first); // it is the second's by now
    await expect(keys().begin(request)).rejects.toMatchObject({ reason: 'RequestIsStillRunning' });
  });

  it('answer all the same where two ran the request, because a lease ended too early', async () => {
    const request = anyRequest();
    const first = await leased(request);
    await change(request, `lease_until = now() - interval '1 ms'`);
    const second = await leased(request, 1);
    expect((await keys(1).finish(second, Secret.of('of the second'))).reveal()).toBe('of the second');
    expect((await keys(0).finish(first, Secret.of('of the first'))).reveal()).toBe('of the second');
    expect(await answered(request)).toBe('of the second');
  });

  it('make the same command of the same request for ever, and another of another', async () => {
    const request = anyRequest();
    const outlive = () => change(request, `expires_at = now() - interval '1 ms'`);
    const first = await leased(request);
    await keys().finish(first, Secret.of('done'));
    await outlive();
    const again = await leased(request, 1);
    expect(again.ids.commandId).toBe(first.ids.commandId);
    expect(again.ids.connectionId).not.toBe(first.ids.connectionId);
    await outlive();
    const other = await leased({ ...request, content: '{"other":1}' });
    expect(other.ids.commandId).not.toBe(first.ids.commandId);
  });

  it('are forgotten after a day, and only then', async () => {
    const [first, second, third] = [anyRequest(), anyRequest(), anyRequest()];
    const leases = await Promise.all([leased(first), leased(second), leased(third)]);
    for (const { expiresAt } of leases) expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(23.9 * 60 * 60_000);
    await keys().finish(leases[0], Secret.of('done'));
    await keys().finish(leases[1], Secret.of('done'));
    const answers = (): Promise<unknown[]> => jobs.query('select 1 from vault.secrets where secret_id = $1', [leases[0].answerId]);
    expect(await answers()).toHaveLength(1);
    for (const request of [first, third]) await change(request, `expires_at = now() - interval '1 ms'`);
    await leased(first); // whoever takes the key again makes room for it
    expect(await answers()).toHaveLength(0);

    await forgetExpiredKeys(jobs);
    const kept = (await rowsOf('records.idempotency_keys')).map(({ text }) => text).join('\n');
    expect([first, second, third].map(({ key }) => kept.includes(key))).toEqual([true, true, false]);
  });

  it('hold no word of the request or the answer, in any encoding', async () => {
    const request = { ...anyRequest(), content: JSON.stringify({ credentials: { apiKey: key } }) };
    await keys().finish(await leased(request), Secret.of(JSON.stringify({ signingSecret: key })));
    const dump = [...(await rowsOf('records.idempotency_keys')), ...(await rowsOf('vault.secrets'))].map(({ text }) => text).join('\n');
    expect(dump).toContain(request.key);
    for (const encoded of encodings(key)) expect(dump.toLowerCase()).not.toContain(encoded.toLowerCase());
    expect(await answered(request)).toContain(key);
  });

  it('are seen in their own workspace only', async () => {
    const request = anyRequest();
    await leased(request);
    const { database } = processes[0]!;
    const seen = `select key from records.idempotency_keys where key = '${request.key}'`;
    expect(await database.query(seen)).toEqual([]);
    expect(await database.inWorkspace('hooli', (tx) => tx.query(seen))).toEqual([]);
    expect(await database.inWorkspace('acme', (tx) => tx.query(seen))).toEqual([{ key: request.key }]);
    const foreign = database.inWorkspace('hooli', (tx) =>
      tx.query(`insert into records.idempotency_keys (workspace_id, principal, operation, key, fingerprint, command_id, connection_id, secret_id,
                answer_id, lease_until, expires_at) select 'acme', 'p', 'o', 'k', 'f', u, u, u, u, now(), now() from gen_random_uuid() as u`),
    );
    await expect(foreign).rejects.toThrow('row-level security');
    const rewritten = database.inWorkspace('acme', (tx) => tx.query(`update records.idempotency_keys set fingerprint = 'f'`));
    await expect(rewritten).rejects.toThrow('permission denied');
  });
});

let numbered = 0;

function anyRequest(): KeyedRequest {
  return { workspaceId: 'acme', principal: 'ada', operation: 'CreateConnection', key: `key-${++numbered}-`, content: '{}' };
}

function leaseIn(begun: Begun): Lease {
  if ('answer' in begun) throw new Error('it has an answer already');
  return begun.lease;
}

function answerIn(begun: Begun): string {
  if ('lease' in begun) throw new Error('it has no answer yet');
  return begun.answer.reveal();
}

/** As text in a dump might show it; bytes are shown in hex. */
function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  return [secret, bytes.toString('hex'), Buffer.from(secret, 'utf16le').toString('hex')].concat(
    // Whatever stands before it shifts base64 by one or two characters.
    [0, 1, 2].flatMap((shift) => {
      const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
      return [shifted.toString('base64'), shifted.toString('base64url')].map((text) => text.slice(4, -4));
    }),
  );
}
