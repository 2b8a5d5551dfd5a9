import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectorOf } from '#connectors';
import { ConnectionStreams, CredentialKeeper, Verifier } from '#custody';
import { existing, type ConnectionCommand, type ExistingConnection, type Settled } from '#domain';
import { InMemoryEventStore, newCommandId } from '#event-store';
import { followMigrations } from '#follow';
import { GuardedHttp, OutboundPolicy } from '#outbound';
import { Database } from '#postgres';
import { readModelsMigrations } from '#read-models';
import { createLogger } from '#runtime';
import { Secret } from '#secret';
import { canary, eventually, listening, testDatabase, type ListeningServer, type TestDatabase } from '#testing';
import {
  ConnectionAccounts,
  KeyHappenings,
  KeyRotations,
  openKeyRing,
  Vault,
  VaultHeads,
  VaultUpkeep,
  vaultMigrations,
  type KeyPort,
} from '#vault';
import { Registry } from 'prom-client';
import { v7 } from 'uuid';
import { AccountKeeper } from '../src/account-keeper';
import { Clock } from '../src/clock';
import { connectionMigrations } from '../src/migrations';
import { notingOpenWork } from '../src/note-open-work';
import { DueWork } from '../src/records/due-work';
import { KeyUpkeep } from '../src/key-upkeep';
import { KeysStream } from '../src/streams';
import { systemContext } from '../src/system-context';
import { VaultSweep } from '../src/vault-sweep';
import type { Worker } from '../src/worker';
import { workerOn } from '../src/worker-on';

const oldKey = canary('old_51c0de');
const newKey = canary('new_c0ffee');
const hour = 60 * 60_000;

describe('due work', () => {
  let test: TestDatabase;
  let folder: string;
  let database: Database;
  let jobs: Database;
  let owner: Database;
  let server: ListeningServer;
  let http: GuardedHttp;
  let root: KeyPort;
  let vault: Vault;
  let service: { takes: string[]; down: boolean; account: string; calls: number };
  let lines = '';
  let registry: Registry;
  let world: World;
  const workers: Worker[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-due-work-'));
    test = await testDatabase({ migrations: [...followMigrations, ...readModelsMigrations, ...vaultMigrations, ...connectionMigrations] });
    const open = (url: Secret) => Database.open({ url, applicationName: 'spec', poolSize: 4 });
    database = await open(test.urlFor('patchbay_connection'));
    jobs = await open(test.urlFor('patchbay_jobs'));
    owner = await open(test.ownerUrl);
    server = await listening(
      createServer((request, response) => {
        service.calls++;
        if (service.down) return void request.socket.destroy();
        const known = service.takes.includes(String(request.headers['x-api-key']));
        // A rude service: it repeats what it was sent.
        const body = known ? { id: service.account } : { error: `wrong key ${String(request.headers['x-api-key'])}` };
        response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      }),
    );
    http = new GuardedHttp({ policy: OutboundPolicy.from({ allowedCidrs: ['127.0.0.0/8'], ownEndpoints: [] }) });
    root = await openKeyRing(join(folder, 'key-ring.json'), {});
    vault = new Vault(database, root);
  });
  afterAll(async () => {
    http.close();
    await Promise.all([database, jobs, owner].map((open) => open.close()));
    await server.stop();
    await test.drop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    service = { takes: [oldKey, newKey], down: false, account: 'a1', calls: 0 };
    registry = new Registry();
    lines = '';
    world = worldOn();
  });
  afterEach(async () => {
    for (let worker = workers.pop(); worker; worker = workers.pop()) await worker.stop();
    const [dump] = await owner.query<{ text: string }>(
      `select concat((select jsonb_agg(s) from vault.secrets s), (select jsonb_agg(h) from vault.vault_heads h), (select jsonb_agg(d) from records.due_work d)) as text`,
    );
    for (const kept of [dump!.text, lines, await registry.metrics()]) expect(kept).not.toMatch(/canary|63616e617279/);
    await owner.query('truncate vault.secrets, vault.vault_heads, vault.connection_accounts, records.due_work, records.account_changes');
  });

  /** The commands of a process on a log of its own, and a clock that can be put forward. */
  interface World {
    readonly connections: ConnectionStreams;
    readonly keeper: CredentialKeeper;
    readonly dueWork: DueWork;
    readonly store: InMemoryEventStore;
    later: number;
    readonly now: () => Date;
    /** The process dies before it notes what it left open. */
    dies: boolean;
  }
  const worldOn = (store = new InMemoryEventStore()): World => {
    const made = { later: 0, dies: false, now: () => new Date(Date.now() + made.later) };
    const dueWork = new DueWork(database, made.now);
    const note = notingOpenWork(dueWork);
    const connections = new ConnectionStreams({
      store,
      heads: new VaultHeads<Settled>(database),
      clock: made.now,
      onChange: (change) => (made.dies ? Promise.reject(new Error('killed')) : note(change)),
    });
    return Object.assign(made, { connections, keeper: new CredentialKeeper(vault, made.now), dueWork, store });
  };

  const work = (options: { lookEachMs?: number; sweepEachMs?: number; registry?: Registry } = {}): Worker => {
    const logger = createLogger({ process: 'connection', level: 'trace', destination: { write: (line) => void (lines += line) } });
    const worker = workerOn(
      { database: jobs, databaseUrl: test.urlFor('patchbay_jobs'), registry, lookEachMs: 50, sweepEachMs: 600_000, ...options },
      {
        connections: world.connections,
        verifier: new Verifier({ http, vault }),
        keeper: world.keeper,
        accounts: new AccountKeeper(new ConnectionAccounts(database), world.dueWork, new Clock(world.now)),
        clock: world.now,
      },
      { root, stream: new KeysStream({ store: world.store, clock: world.now }) },
      logger,
    );
    worker.start();
    workers.push(worker);
    return worker;
  };

  const execute = (id: string, ...commands: ConnectionCommand[]) =>
    world.connections.execute(id, systemContext(newCommandId(), 'acme'), () => commands);
  const state = async (id: string): Promise<ExistingConnection> => existing((await world.connections.load(id)).state);
  const settings = { apiKeyName: 'X-Api-Key', verificationPath: '/whoami', accountIdPath: 'id' };
  const sealed = async (connectionId: string, apiKey: string, secretId = v7(), until?: Date, url = serviceUrl()) => {
    const { secret, ...known } = await world.keeper.seal({
      workspaceId: 'acme',
      connectionId,
      secretId,
      definition: connectorOf('http')!,
      authType: 'api_key',
      serviceUrl: url,
      settings,
      credentials: { apiKey },
      ...(until && { until }),
    });
    secret.wipe();
    return { ...known, source: 'entered' as const };
  };
  const serviceUrl = () => `http://127.0.0.1:${server.port}`;
  const create = (url = serviceUrl()): ConnectionCommand => ({
    type: 'Create',
    workspaceId: 'acme',
    connectorKey: 'http',
    connectorVersion: connectorOf('http')!.version,
    name: 'Orders',
    authType: 'api_key',
    serviceUrl: url,
    settings,
    owner: 'ada',
    labels: {},
  });

  /** A connection whose credential is in use. */
  const connected = async (): Promise<string> => {
    const id = v7();
    await execute(id, create(), { type: 'ProvideCredentials', ...(await sealed(id, oldKey)) });
    const { outcome } = await new Verifier({ http, vault }).verify(id, await state(id));
    await execute(id, { type: 'RecordVerification', trigger: 'created', outcome });
    return id;
  };
  /** A candidate that waits because the service was down. */
  const proposed = async (id: string, apiKey = newKey): Promise<string> => {
    const until = new Date(world.now().getTime() + 24 * hour);
    const known = await sealed(id, apiKey, v7(), until);
    await execute(id, {
      type: 'ProposeCandidate',
      ...known,
      reason: 'manual',
      untried: 'unreachable',
      candidateUntil: until.toISOString(),
    });
    return known.secretId;
  };
  const types = async (id: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { type } of world.connections.history(id)) found.push(type);
    return found;
  };
  const kept = async (): Promise<string[]> =>
    (await owner.query<{ id: string }>('select secret_id as id from vault.secrets')).map(({ id }) => id);
  const rowsOf = (id: string) =>
    jobs.query<{ kind: string; attempts: number; nextTryAt: Date }>(
      'select kind, attempts, next_try_at as "nextTryAt" from records.due_work where connection_id = $1',
      [id],
    );

  it('activates a candidate by itself once the service is back, and keeps what can be gone back to', async () => {
    const id = await connected();
    const { credential: before } = await state(id);
    service.down = true;
    const secretId = await proposed(id);
    const [row] = await rowsOf(id);
    expect(row).toMatchObject({ kind: 'candidate', attempts: 0 });
    const wait = row!.nextTryAt.getTime() - Date.now();
    expect(wait).toBeGreaterThan(5_000);
    expect(wait).toBeLessThanOrEqual(20_000);
    expect(await world.dueWork.nextTriesOf({ workspaceId: 'acme', connectionId: id })).toEqual({ candidate: row!.nextTryAt });

    world.later = 20_000;
    work();
    await eventually(async () => (await rowsOf(id))[0]!.attempts > 0);
    expect(await types(id)).not.toContain('CredentialsRotated.v1');
    service.down = false;
    world.later += 16 * 60_000;
    await eventually(async () => (await state(id)).credential?.secretId === secretId);
    await eventually(async () => (await rowsOf(id)).length === 0);

    expect((await types(id)).slice(-3)).toEqual(['CredentialsProposed.v1', 'ConnectionVerified.v1', 'CredentialsRotated.v1']);
    expect((await kept()).sort()).toEqual([before!.secretId, secretId].sort());
    await eventually(async () =>
      (await registry.metrics()).includes('patchbay_due_work_tries_total{kind="candidate",outcome="finished"} 1'),
    );
  });

  it('ends a candidate that the service refuses, and shreds it', async () => {
    const id = await connected();
    const secretId = await proposed(id, canary('wrong_bad'));
    world.later = 20_000;
    work();
    await eventually(async () => (await state(id)).candidate === null);
    await eventually(async () => !(await kept()).includes(secretId));
    expect((await types(id)).at(-1)).toBe('CredentialsRejected.v1');
    expect((await state(id)).status).toBe('active');
    await eventually(async () => (await rowsOf(id)).length === 0);
  });

  it('does not change to another account while nobody is there to be asked', async () => {
    const id = await connected();
    const secretId = await proposed(id);
    service.account = 'a2';
    world.later = 20_000;
    work();
    await eventually(async () => !(await kept()).includes(secretId));
    expect((await state(id)).credential!.secretId).not.toBe(secretId);
  });

  it('changes to another account where that was meant when the candidate was left to wait, and forgets what was meant', async () => {
    const id = await connected();
    const secretId = await proposed(id);
    const until = new Date(world.now().getTime() + 24 * hour);
    for (const _ of ['once', 'again'])
      await world.dueWork.allowAccountChange({ workspaceId: 'acme', connectionId: id }, { secretId, until });
    service.account = 'a2';
    world.later = 20_000;
    work({ sweepEachMs: 50 });
    await eventually(async () => (await state(id)).credential?.secretId === secretId);
    expect(await new ConnectionAccounts(database).find('acme', id)).toEqual({ id: 'a2' });
    const allowed = () => jobs.query('select 1 from records.account_changes');
    expect(await allowed()).toHaveLength(1);
    world.later = 24 * hour;
    await eventually(async () => (await allowed()).length === 0);
  });

  it('gives a candidate up after 24 hours, without asking the service again, and shreds it', async () => {
    const id = await connected();
    const secretId = await proposed(id);
    service.down = true;
    const calls = service.calls;
    world.later = 24 * hour;
    work();
    await eventually(async () => !(await kept()).includes(secretId));
    expect((await types(id)).at(-1)).toBe('CredentialsRejected.v1');
    expect((await state(id)).credential).not.toBeNull();
    expect(service.calls).toBe(calls);
    await eventually(async () => (await rowsOf(id)).length === 0);
  });

  it('verifies a connection that was left pending, and settles for an error when the service stays away', async () => {
    const [one, two] = [v7(), v7()];
    await execute(one, create(), { type: 'ProvideCredentials', ...(await sealed(one, oldKey)) });
    expect(await rowsOf(one)).toMatchObject([{ kind: 'verification' }]);
    world.later = 20_000;
    work();
    await eventually(async () => (await state(one)).status === 'active');
    service.down = true;
    await execute(two, create(), { type: 'ProvideCredentials', ...(await sealed(two, oldKey)) });
    await eventually(async () => {
      world.later += 60_000;
      return (await state(two)).status === 'error';
    });
    await eventually(async () => (await rowsOf(two)).length === 0);
  });

  it('finds what a process left open that died between the append and its note', async () => {
    const id = await connected();
    world.dies = true;
    const secretId = await proposed(id);
    const pending = v7();
    await execute(pending, create(), { type: 'ProvideCredentials', ...(await sealed(pending, oldKey)) });
    expect([...(await rowsOf(id)), ...(await rowsOf(pending))]).toEqual([]);
    world.dies = false;
    world.later = 21_000;
    work();
    await eventually(async () => (await rowsOf(id)).length === 1 && (await rowsOf(pending)).length === 1);
    world.later += 20_000;
    await eventually(async () => (await state(id)).credential?.secretId === secretId);
    await eventually(async () => (await state(pending)).status === 'active');
  });

  it('tells the head what it missed when a process died before it could settle, and forgets marks of appends that never happened', async () => {
    const id = await connected();
    const { secretId } = (await state(id)).credential!;
    const until = new Date(Date.now() + 60_000);
    const heads = new VaultHeads<Settled>(database);
    await owner.query(`update vault.vault_heads set settled = jsonb_set(settled, '{status}', '"pending"'), settled_revision = 1`);
    await owner.query(`update vault.secrets set activated_at_revision = null, purpose = 'candidate', expires_at = $1`, [until]);
    const unborn = v7();
    for (const connectionId of [id, unborn]) await heads.mark({ workspaceId: 'acme', connectionId, commandId: newCommandId(), until });
    world.later = 59_000;
    work();
    await eventually(async () => (await registry.metrics()).includes('patchbay_due_work_open{kind="candidate"} 0'));
    expect(Object.keys((await heads.read(unborn))!.marks)).toHaveLength(1);
    world.later = 61_000;
    await owner.query(`update vault.vault_heads set marks = replace(marks::text, $1, $2)::jsonb`, [
      until.toISOString(),
      new Date(Date.now() - 1).toISOString(),
    ]);
    await eventually(async () => expect(await heads.read(unborn)).toMatchObject({ settled: null, marks: {} }));
    await eventually(async () => expect(await heads.read(id)).toMatchObject({ settled: { status: 'active', secretId }, marks: {} }));
    const [row] = await owner.query('select purpose, expires_at, activated_at_revision::int as at from vault.secrets');
    expect(row).toEqual({ purpose: null, expires_at: null, at: 1 });
  });

  it('leaves a command alone that is still at it', async () => {
    const id = await connected();
    await sealed(id, newKey);
    world.later = 21_000;
    work();
    await eventually(async () => (await registry.metrics()).includes('patchbay_due_work_open{kind="candidate"} 0'));
    expect(await rowsOf(id)).toEqual([]);
    expect((await types(id)).at(-1)).toBe('ConnectionVerified.v1');
  });

  it('keeps only those of a service waiting that hangs, however many they are, and asks it a few at a time', async () => {
    let [asked, most] = [0, 0];
    const hanging = await listening(
      createServer(() => (most = Math.max(most, ++asked))).on('connection', (socket) => socket.on('close', () => asked--)),
    );
    const url = `http://127.0.0.1:${hanging.port}`;
    const left = async (at: string): Promise<string> => {
      const id = v7();
      await execute(id, create(at), { type: 'ProvideCredentials', ...(await sealed(id, oldKey, v7(), undefined, at)) });
      return id;
    };
    for (let count = 0; count < 40; count++) await left(url);
    const fine: string[] = [];
    for (let count = 0; count < 6; count++) fine.push(await left(serviceUrl()));
    world.later = 20_000;
    const worker = work();
    try {
      await eventually(async () => {
        for (const id of fine) expect((await state(id)).status).toBe('active');
      });
      expect(most).toBe(4);
      const later = await left(serviceUrl());
      world.later += 20_000;
      await eventually(async () => expect((await state(later)).status).toBe('active'));
    } finally {
      await worker.stop();
      await hanging.stop();
    }
  });

  it('is one process’s business, until that one is gone', async () => {
    const id = await connected();
    const first = work();
    await eventually(() => lines.includes('This process finishes what was begun'));
    work({ registry: new Registry() });
    await proposed(id);
    const calls = service.calls;
    world.later = 20_000;
    await eventually(async () => (await state(id)).candidate === null);
    expect(service.calls).toBe(calls + 1);
    expect(lines.split('This process finishes what was begun')).toHaveLength(2);
    await first.stop();
    await eventually(() => lines.split('This process finishes what was begun').length === 3);
  });

  it('shows each workspace its own rows only', async () => {
    const id = await connected();
    await proposed(id);
    const count = (workspaceId: string) => database.inWorkspace(workspaceId, (tx) => tx.query('select 1 from records.due_work'));
    expect(await count('acme')).toHaveLength(1);
    expect(await count('hooli')).toEqual([]);
    expect(await database.query('select 1 from records.due_work')).toEqual([]);
    await expect(world.dueWork.nextTriesOf({ workspaceId: 'hooli', connectionId: id })).resolves.toEqual({});
  });

  describe('sweeping the vault', () => {
    const sweep = () => new VaultSweep(new VaultUpkeep(jobs), world.connections, world.now).sweep();

    it('shreds what ended, what nobody proposed and what a dead process left, and nothing else', async () => {
      const id = await connected();
      const current = (await state(id)).credential!.secretId;
      const waiting = await proposed(id);
      const orphan = (await sealed(id, newKey)).secretId;
      const unborn = (await sealed(v7(), newKey)).secretId;
      const removed = await connected();
      const left = (await state(removed)).credential!.secretId;
      await execute(removed, { type: 'Remove' });
      expect(await sweep()).toEqual({ shredded: 0, kept: 0 });

      world.later = 1.1 * hour;
      expect(await sweep()).toEqual({ shredded: 3, kept: 1 });
      expect((await kept()).sort()).toEqual([current, waiting].sort());
      expect([orphan, unborn, left].filter((one) => one === current)).toEqual([]);
    });

    it('erases whose account a connection was that is removed or never came to be, and no other', async () => {
      const accounts = new ConnectionAccounts(database);
      const [living, removed, unborn, unsettled] = [await connected(), await connected(), v7(), await connected()];
      await execute(removed, { type: 'Remove' });
      await owner.query(`update vault.vault_heads set settled = null, settled_revision = null where connection_id = $1`, [unsettled]);
      const known = [living, removed, unborn, unsettled];
      for (const connectionId of known) await accounts.keep({ workspaceId: 'acme', connectionId, id: 'a1' });
      const left = async () => {
        const found = await Promise.all(known.map((id) => accounts.find('acme', id)));
        return known.filter((_, index) => found[index]);
      };
      world.later = 0.9 * hour;
      await sweep();
      expect(await left()).toEqual(known);
      world.later = 1.1 * hour;
      await sweep();
      expect(await left()).toEqual([living, unsettled]);
    });

    it('leaves a candidate alone that somebody sealed again while its stream was read', async () => {
      const id = await connected();
      const { secretId } = await sealed(id, newKey);
      world.later = 2 * hour;
      const connections = {
        load: async (connectionId: string) => {
          const loaded = await world.connections.load(connectionId);
          await sealed(id, newKey, secretId);
          return loaded;
        },
      };
      expect(await new VaultSweep(new VaultUpkeep(jobs), connections, world.now).sweep()).toMatchObject({ shredded: 0 });
      expect(await kept()).toContain(secretId);
    });

    it('keeps a replaced credential as long as it can be gone back to, and one in use whose activation was never noted', async () => {
      const id = await connected();
      const before = (await state(id)).credential!.secretId;
      const secretId = await proposed(id);
      const { outcome } = await new Verifier({ http, vault }).verify(id, await state(id), { candidate: (await state(id)).candidate! });
      const executed = await execute(id, { type: 'RecordVerification', trigger: 'rotated', outcome });
      await world.keeper.putAway(id, executed);
      await owner.query(
        `update vault.secrets set activated_at_revision = null, purpose = 'candidate', expires_at = now() where secret_id = $1`,
        [secretId],
      );
      world.later = 23 * hour;
      expect(await sweep()).toMatchObject({ shredded: 0 });
      world.later = 24.1 * hour;
      expect(await sweep()).toMatchObject({ shredded: 1 });
      expect(await kept()).toEqual([secretId]);
      expect(before).not.toBe(secretId);
    });

    it('destroys nothing while the log knows less of a stream than the vault', async () => {
      const id = await connected();
      await sealed(id, newKey);
      world = worldOn(); // another log: an old backup, an empty one
      world.later = 2 * hour;
      expect(await sweep()).toMatchObject({ stopped: 'log_is_behind', connectionId: id, logRevision: -1 });
      expect(await kept()).toHaveLength(2);
      work({ sweepEachMs: 50 });
      await eventually(async () => (await registry.metrics()).includes('patchbay_vault_sweep_stopped{brake="log_is_behind"} 1'));
      expect(lines).toContain('an operator has to look');
    });

    it('destroys nothing where it would be more than one per cent of the rows for being left behind', async () => {
      const seal = async (count: number, kind: 'answer' | 'credential', purpose: 'candidate' | null) => {
        for (let at = 0; at < count; at++) {
          const address = { workspaceId: 'acme', connectionId: v7(), kind, secretId: v7(), boundTo: null };
          await vault.seal(address, Secret.of('{}'), { purpose, expiresAt: new Date(Date.now() + hour) });
        }
      };
      await seal(110, 'answer', null);
      await seal(2, 'credential', 'candidate');
      world.later = 2 * hour;
      expect(await sweep()).toEqual({ stopped: 'too_many', doomed: 2, rows: 112 });
      expect(await kept()).toHaveLength(112);
      await owner.query(
        `delete from vault.secrets where secret_id in (select secret_id from vault.secrets where purpose = 'candidate' limit 1)`,
      );
      expect(await sweep()).toEqual({ shredded: 111, kept: 0 });
    });
  });

  describe('the keys', () => {
    const onRecord = async (): Promise<string[]> => {
      const events: string[] = [];
      for await (const { type, data } of world.store.readStream('keys')) events.push(`${type} ${JSON.stringify(data)}`);
      return events;
    };

    it('are changed where that was asked for, while the connection works on, and the log has what became of them', async () => {
      const id = await connected();
      const rotations = new KeyRotations(jobs);
      const { rotationId } = await rotations.ask({
        level: 'workspace',
        workspaceId: 'acme',
        mode: 'reencrypt',
        reason: 'asked',
        askedBy: 'ada',
      });
      work();
      await eventually(async () => (await rotations.find(rotationId))?.finishedAt !== null);
      await eventually(async () => (await onRecord()).some((event) => event.startsWith('KeyRetired')));
      expect((await onRecord()).filter((event) => event.includes(rotationId)).map((event) => event.split(' ')[0])).toEqual([
        'KeyActivated.v1',
        'RewrapCompleted.v1',
      ]);
      const { outcome } = await new Verifier({ http, vault }).verify(id, await state(id));
      expect(outcome).toMatchObject({ accepted: true });
      expect(await registry.metrics()).toMatch(/patchbay_vault_key_wraps_ratio 0\.0000\d/);
    });

    it('are told of once, also by a process that died before it could note that the log has it', async () => {
      await jobs.query(`delete from vault.key_happenings`);
      await jobs.query(
        `insert into vault.key_happenings (type, data) values ('KeyRetired', '{"level":"workspace","workspaceId":"acme","keyId":"k1"}')`,
      );
      const happenings = new KeyHappenings(jobs);
      const forgetful = Object.assign(Object.create(happenings) as KeyHappenings, { told: () => Promise.reject(new Error('killed')) });
      const upkeep = (on: KeyHappenings): KeyUpkeep =>
        new KeyUpkeep({ happenings: on, stream: new KeysStream({ store: world.store, clock: world.now }) } as ConstructorParameters<
          typeof KeyUpkeep
        >[0]);
      const mine = new AbortController().signal;
      await expect(upkeep(forgetful).tell(mine)).rejects.toThrow('killed');
      await upkeep(happenings).tell(mine);
      expect(await onRecord()).toHaveLength(1);
      expect(await happenings.untold(1)).toEqual([]);
    });
  });
});
