import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectorOf } from '#connectors';
import { againstCandidate, againstOf, existing, type ConnectionCommand, type ExistingConnection, type Settled } from '#domain';
import { InMemoryEventStore, LogIsUnavailable, newCommandId, type EventStore } from '#event-store';
import type { AuthType, FailureCategory, Settings } from '#events';
import { Database } from '#postgres';
import { canary, testDatabase, type TestDatabase } from '#testing';
import { openKeyRing, SettledSecrets, Vault, VaultHeads, vaultMigrations, type KeyPort } from '#vault';
import { v7 as uuid } from 'uuid';
import { ConnectionStreams } from './connection-streams';
import { CredentialKeeper } from './credential-keeper';
import { Resolver } from './resolver';

const serviceUrl = 'https://orders.example.com/v2';
const boundTo = 'https://orders.example.com:443';
const firstKey = canary('first_1a2b');
const secondKey = canary('second_3c4d');

/** A row of `vault.secrets`, whole. */
type SecretRow = Readonly<Record<string, unknown>> & { readonly secret_id: string; readonly activated_at_revision: string | null };

/** A process that takes commands and resolves; the projections run nowhere in this file. */
interface Instance {
  readonly database: Database;
  readonly heads: VaultHeads<Settled>;
  readonly streams: ConnectionStreams;
  readonly keeper: CredentialKeeper;
  readonly resolver: Resolver;
}

describe('resolving a connection', () => {
  let folder: string;
  let test: TestDatabase;
  let owner: Database;
  let keys: KeyPort;
  let log: WatchedLog;
  let one: Instance;
  let other: Instance;
  let now = new Date('2026-11-24T09:00:00.000Z');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-resolver-'));
    test = await testDatabase({ migrations: vaultMigrations });
    owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec', poolSize: 2 });
    keys = await openKeyRing(join(folder, 'ring.json'), {});
    log = new WatchedLog();
    [one, other] = await Promise.all([instance(), instance()]);
  });
  afterAll(async () => {
    await Promise.all([one.database, other.database, owner].map((database) => database.close()));
    await test.drop();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    now = new Date('2026-11-24T09:00:00.000Z');
    log.reads = 0;
    log.failsWith = undefined;
  });
  afterEach(() => jest.restoreAllMocks());

  describe('whose head nothing speaks against', () => {
    it('takes one statement and no look into the log, and unwraps the key of its workspace once', async () => {
      const id = await created();
      const query = jest.spyOn(other.database, 'query');
      const transaction = jest.spyOn(other.database, 'transaction');
      const unwrap = jest.spyOn(keys, 'unwrap');
      log.failsWith = new LogIsUnavailable('down');
      expect(await resolved(id, other)).toEqual({
        connectionId: id,
        connector: 'http',
        environment: null,
        serviceUrl,
        boundTo,
        settings: {},
        authType: 'api_key',
        credentialVersion: 1,
        material: { kind: 'headers', headers: { Authorization: `Bearer ${firstKey}` } },
        expiresAt: null,
        cacheUntil: '2026-11-24T09:01:00.000Z',
        status: 'active',
      });
      for (let n = 0; n < 4; n += 1) await resolved(id, other);
      expect(query).toHaveBeenCalledTimes(5);
      expect(transaction).not.toHaveBeenCalled();
      expect(unwrap).toHaveBeenCalledTimes(1);
    });

    it.each<[string, AuthType, Settings, Record<string, string>, object]>([
      ['a header by another name', 'api_key', { apiKeyName: 'X-Key', apiKeyPrefix: '' }, { apiKey: firstKey }, headers('X-Key', firstKey)],
      ['the query', 'api_key', { apiKeyIn: 'query' }, { apiKey: firstKey }, { kind: 'query', query: { api_key: firstKey } }],
      [
        'Basic',
        'basic',
        {},
        { username: 'ada', password: firstKey },
        headers('Authorization', `Basic ${Buffer.from(`ada:${firstKey}`).toString('base64')}`),
      ],
    ])('gives the credential as it travels in %s', async (_, authType, settings, credentials, material) => {
      const id = await created({ authType, settings, credentials });
      expect((await resolved(id)).material).toEqual(material);
    });

    it('gives none where none is needed', async () => {
      const id = uuid();
      await run(id, [create({ authType: 'none' })]);
      await run(id, (state) => [verified(againstOf(state))]);
      expect(await resolved(id)).toMatchObject({ material: { kind: 'none' }, credentialVersion: null, boundTo: null });
    });

    it('may be kept for 60 s, and not into the last 30 s of the credential', async () => {
      const id = await created({ expiresAt: '2026-11-24T09:01:10.000Z' });
      expect(await resolved(id)).toMatchObject({ expiresAt: '2026-11-24T09:01:10.000Z', cacheUntil: '2026-11-24T09:00:40.000Z' });
    });

    it('goes on while the service cannot be reached, and ends when it says no', async () => {
      const id = await created({ outcome: 'timeout' });
      expect(await resolved(id)).toMatchObject({ status: 'error', credentialVersion: 1 });
      const refused = await created({ outcome: 'unauthorized' });
      await expect(resolved(refused)).rejects.toMatchObject({ reason: 'CredentialsWereRefused' });
      await expect(resolved(await created({ outcome: null }))).rejects.toMatchObject({ reason: 'ConnectionIsPending' });
    });

    it('gives nothing that was entered for another origin', async () => {
      const id = await created();
      await owner.query(
        `update vault.vault_heads set settled = settled || '{"serviceUrl": "https://thief.example.com"}' where connection_id = $1`,
        [id],
      );
      await expect(resolved(id)).rejects.toMatchObject({ reason: 'CredentialsMustBeReentered' });
    });
  });

  it('says the same of an id of another workspace and of one that is nowhere, after the same look into the log', async () => {
    const id = await created();
    for (const asked of [
      { workspaceId: 'globex', connectionId: id },
      { workspaceId: 'globex', connectionId: uuid() },
    ]) {
      log.reads = 0;
      await expect(one.resolver.resolve(asked)).rejects.toMatchObject({ reason: 'ConnectionDoesNotExist', details: {} });
      expect(log.reads).toBeGreaterThan(0);
      log.failsWith = new LogIsUnavailable('down');
      await expect(one.resolver.resolve(asked)).rejects.toThrow(LogIsUnavailable);
      log.failsWith = undefined;
    }
    expect(await resolved(id)).toMatchObject({ credentialVersion: 1 });
  });

  describe('in another process than the one that changed it', () => {
    it.each<[string, (id: string) => Promise<void>, (asked: Promise<unknown>) => Promise<void>]>([
      [
        'rotated',
        (id) => rotate(id),
        (asked) => expect(asked).resolves.toMatchObject({ credentialVersion: 2, material: bearer(secondKey) }),
      ],
      [
        'disabled',
        (id) => run(id, [{ type: 'Disable' }]),
        (asked) => expect(asked).rejects.toMatchObject({ reason: 'ConnectionIsDisabled' }),
      ],
      ['removed', (id) => remove(id), (asked) => expect(asked).rejects.toMatchObject({ reason: 'ConnectionIsRemoved' })],
    ])('sees within a second that it was %s', async (_, change, seen) => {
      const id = await created();
      await Promise.all([resolved(id, one), resolved(id, other)]);
      await change(id);
      const acknowledged = performance.now();
      await Promise.all([seen(resolved(id, one)), seen(resolved(id, other))]);
      expect(performance.now() - acknowledged).toBeLessThan(1_000);
    });

    it('gives what it gave before once it is enabled again', async () => {
      const id = await created();
      await run(id, [{ type: 'Disable' }]);
      await run(id, [{ type: 'Enable' }]);
      expect(await resolved(id, other)).toMatchObject({ credentialVersion: 1, material: bearer(firstKey) });
    });
  });

  describe('that was removed', () => {
    it('leaves no row behind, and neither the log nor an older copy of it brings one back', async () => {
      const id = await created();
      const before = await copyOf(log, id);
      await remove(id);
      expect(await owner.query('select 1 from vault.secrets where connection_id = $1', [id])).toEqual([]);

      await owner.query('delete from vault.vault_heads where connection_id = $1', [id]);
      await expect(resolved(id, other)).rejects.toMatchObject({ reason: 'ConnectionIsRemoved' });

      await owner.query('delete from vault.vault_heads where connection_id = $1', [id]);
      const restored = await instance(before);
      await expect(resolved(id, restored)).rejects.toMatchObject({ name: 'SecretDoesNotExist' });
      await restored.database.close();
    });
  });

  describe('whose row was put back from a backup', () => {
    it('gives the credential in use, whatever lies beside it', async () => {
      const { id, old, current } = await rotatedWithBackup();
      await shred(old);
      await putBack(old);
      expect(await resolved(id)).toMatchObject({ credentialVersion: 2, material: bearer(secondKey) });
      await shred(current);
      await expect(resolved(id)).rejects.toMatchObject({ name: 'SecretDoesNotExist', secretId: current.secret_id });
    });

    it('gives nothing where the old row pretends to be the one in use', async () => {
      const { id, old, current } = await rotatedWithBackup();
      await shred(old);
      await shred(current);
      const { secret_id, activated_at_revision } = current;
      await putBack({ ...old, secret_id, activated_at_revision });
      await expect(resolved(id)).rejects.toMatchObject({ name: 'SecretDoesNotOpen', secretId: secret_id });
    });

    it('gives nothing where the row is from before it came into use', async () => {
      const { id, current } = await rotatedWithBackup();
      await shred(current);
      await putBack({ ...current, activated_at_revision: null, purpose: 'candidate' });
      await expect(resolved(id)).rejects.toMatchObject({ name: 'SecretDoesNotExist' });
    });

    const rotatedWithBackup = async () => {
      const id = await created();
      const [old] = await rowsOf(id);
      await rotate(id);
      const current = (await rowsOf(id)).find(({ secret_id }) => secret_id !== old!.secret_id);
      return { id, old: old!, current: current! };
    };
    const rowsOf = (id: string) => owner.query<SecretRow>('select * from vault.secrets where connection_id = $1', [id]);
    const shred = ({ secret_id }: SecretRow) => owner.query('delete from vault.secrets where secret_id = $1', [secret_id]);
    const putBack = (row: SecretRow) =>
      owner.query(
        `insert into vault.secrets (${Object.keys(row).join(', ')}) values (${Object.keys(row)
          .map((_, at) => `$${at + 1}`)
          .join(', ')})`,
        Object.values(row),
      );
  });

  describe('whose head an append may have outdated', () => {
    it('asks the log, settles what it says, and waits for the time of the mark before it trusts the head again', async () => {
      const id = await created();
      await disabledByAProcessThatDied(id);
      await expect(resolved(id)).rejects.toMatchObject({ reason: 'ConnectionIsDisabled' });
      expect(await one.heads.read(id)).toMatchObject({ settled: { status: 'disabled' }, marks: { [diedDoing]: expect.any(String) } });

      now = new Date(now.getTime() + 61_000);
      await expect(resolved(id, other)).rejects.toMatchObject({ reason: 'ConnectionIsDisabled' });
      expect(await one.heads.read(id)).toMatchObject({ marks: {} });
      log.reads = 0;
      await expect(resolved(id)).rejects.toMatchObject({ reason: 'ConnectionIsDisabled' });
      expect(log.reads).toBe(0);
    });

    it('is not served while the log is away, also one that hangs', async () => {
      const id = await created();
      await disabledByAProcessThatDied(id);
      log.failsWith = new LogIsUnavailable('down');
      await expect(resolved(id)).rejects.toThrow('down');
      log.failsWith = 'hangs';
      const asked = performance.now();
      await expect(resolved(id)).rejects.toThrow(LogIsUnavailable);
      expect(performance.now() - asked).toBeLessThan(2_500);
    });

    it('is folded once for all who ask at the same time', async () => {
      const id = await created();
      await owner.query('delete from vault.vault_heads where connection_id = $1', [id]);
      const load = jest.spyOn(other.streams, 'load');
      const served = await Promise.all(Array.from({ length: 20 }, () => resolved(id, other)));
      expect(new Set(served.map(({ credentialVersion }) => credentialVersion))).toEqual(new Set([1]));
      expect(load.mock.calls.length).toBeLessThanOrEqual(3);
      log.reads = 0;
      await resolved(id, other);
      expect(log.reads).toBe(0);
    });

    const diedDoing = newCommandId();
    const disabledByAProcessThatDied = async (id: string) => {
      const dying: Pick<VaultHeads<Settled>, 'mark' | 'settle' | 'unmark'> = {
        mark: (mark) => one.heads.mark(mark),
        unmark: (command) => one.heads.unmark(command),
        settle: () => Promise.reject(new Error('the process died')),
      };
      const streams = new ConnectionStreams({ store: log, heads: dying, clock: () => now });
      await streams.execute(id, context(diedDoing), () => [{ type: 'Disable' }]);
    };
  });

  async function instance(store: EventStore = log): Promise<Instance> {
    const database = await Database.open({ url: test.urlFor('patchbay_connection'), applicationName: 'spec', poolSize: 4 });
    const heads = new VaultHeads<Settled>(database);
    const streams = new ConnectionStreams({ store, heads, clock: () => now });
    const secrets = new SettledSecrets<Settled>(database, keys);
    return {
      database,
      heads,
      streams,
      keeper: new CredentialKeeper(new Vault(database, keys), () => now),
      resolver: new Resolver({ secrets, heads, streams, clock: () => now }),
    };
  }

  const resolved = (connectionId: string, { resolver } = one) => resolver.resolve({ workspaceId: 'acme', connectionId });

  async function run(
    id: string,
    commands: readonly ConnectionCommand[] | ((state: ExistingConnection) => readonly ConnectionCommand[]),
  ): Promise<void> {
    await one.streams.execute(id, context(), ({ state }) => (typeof commands === 'function' ? commands(existing(state)) : commands));
  }

  async function created({
    authType = 'api_key',
    settings = {},
    credentials = { apiKey: firstKey },
    expiresAt,
    outcome = 'accepted',
  }: {
    readonly authType?: AuthType;
    readonly settings?: Settings;
    readonly credentials?: Readonly<Record<string, string>>;
    readonly expiresAt?: string;
    /** Null: not verified yet. */
    readonly outcome?: 'accepted' | FailureCategory | null;
  } = {}): Promise<string> {
    const id = uuid();
    const sealed = await seal(id, { authType, settings, credentials });
    await run(id, [
      create({ authType, settings }),
      { type: 'ProvideCredentials', ...sealed, source: 'entered', ...(expiresAt !== undefined && { expiresAt }) },
    ]);
    if (outcome !== null) await run(id, (state) => [verified(againstOf(state), outcome)]);
    return id;
  }

  async function rotate(id: string): Promise<void> {
    const sealed = await seal(id, { authType: 'api_key', settings: {}, credentials: { apiKey: secondKey } });
    await run(id, [{ type: 'ProposeCandidate', ...sealed, source: 'entered', reason: 'manual' }]);
    await run(id, (state) => [verified(againstCandidate(state, state.candidate!))]);
  }

  async function remove(id: string): Promise<void> {
    await one.keeper.putAway(id, await one.streams.execute(id, context(), () => [{ type: 'Remove' }]));
  }

  async function seal(
    connectionId: string,
    entered: { readonly authType: AuthType; readonly settings: Settings; readonly credentials: Readonly<Record<string, string>> },
  ) {
    const definition = connectorOf('http')!;
    const { secret, ...known } = await one.keeper.seal({
      ...entered,
      workspaceId: 'acme',
      connectionId,
      secretId: uuid(),
      definition,
      serviceUrl,
    });
    secret.wipe();
    return known;
  }
});

function headers(name: string, value: string) {
  return { kind: 'headers', headers: { [name]: value } };
}
const bearer = (key: string) => headers('Authorization', `Bearer ${key}`);

const create = (changed: { readonly authType: AuthType; readonly settings?: Settings }): ConnectionCommand => ({
  type: 'Create',
  workspaceId: 'acme',
  connectorKey: 'http',
  connectorVersion: 1,
  name: 'Orders',
  serviceUrl,
  settings: {},
  owner: 'ada',
  labels: {},
  ...changed,
});

const verified = (against: ReturnType<typeof againstOf>, outcome: 'accepted' | FailureCategory = 'accepted'): ConnectionCommand => ({
  type: 'RecordVerification',
  trigger: 'created',
  outcome:
    outcome === 'accepted'
      ? { against, accepted: true, latencyMs: 1 }
      : { against, accepted: false, category: outcome, detail: { code: 'no_answer_in_time' } },
});

const context = (commandId = newCommandId()) => ({
  commandId,
  correlationId: 'r',
  causationId: 'r',
  workspaceId: 'acme',
  actor: { kind: 'user' as const, id: 'ada' },
});

/** The log as it was when it was copied, without what is beside it. */
async function copyOf(log: EventStore, id: string): Promise<EventStore> {
  const copy = new InMemoryEventStore();
  const stream = `connection-${id}`;
  for await (const { id: eventId, type, data, metadata, revision } of log.readStream(stream)) {
    await copy.append(stream, [{ id: eventId, type, data, metadata }], revision === 0 ? 'no-stream' : revision - 1);
  }
  return copy;
}

class WatchedLog extends InMemoryEventStore {
  reads = 0;
  failsWith: Error | 'hangs' | undefined;

  override async *readStream(...read: Parameters<InMemoryEventStore['readStream']>): ReturnType<InMemoryEventStore['readStream']> {
    this.reads += 1;
    if (this.failsWith === 'hangs') await new Promise(() => undefined);
    else if (this.failsWith) throw this.failsWith;
    yield* super.readStream(...read);
  }
}
