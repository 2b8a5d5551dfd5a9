import { ConnectionStreams } from '#custody';
import { newCommandId } from '#event-store';
import { canary } from '#testing';
import { v7 } from 'uuid';
import { schemas } from '../src/edge/schemas';
import { eventsOf, orders, rightKey, workbench, wrongKey, type Answer, type Asked, type Workbench } from './workbench';

const path = '/v1/workspaces/acme/connections';
const newKey = canary('new_81d2e7');
const day = 24 * 60 * 60_000;

describe('rotating credentials over HTTP', () => {
  let now = Date.now();
  let bench: Workbench;
  beforeAll(async () => {
    bench = await workbench({ clock: () => new Date(now) });
  });
  afterAll(() => bench.stop());
  beforeEach(() => {
    now = Date.now();
    Object.assign(bench.sample, { down: false, acceptedKey: rightKey, account: { id: 42, name: 'Acme Limited' } });
  });
  afterEach(() => expect(bench.log()).not.toContain('canary'));

  const create = async (changed: Record<string, unknown> = {}): Promise<string> => {
    const { status, body } = await bench.ask('POST', path, { body: orders(bench.sample, changed) });
    expect(status).toBe(201);
    return body.id;
  };
  const rotate = async (id: string, body: Record<string, unknown> = {}, asked: Asked = {}): Promise<Answer> => {
    const answer = await bench.ask('PUT', `${path}/${id}/credentials`, { ...asked, body: { credentials: { apiKey: newKey }, ...body } });
    expect(answer.text).not.toContain('canary');
    return answer;
  };
  const rollBack = (id: string, asked: Asked = {}): Promise<Answer> => bench.ask('POST', `${path}/${id}/credentials/rollback`, asked);
  /** From the read model, once it has seen all that there is. */
  const get = async (id: string): Promise<Answer> =>
    bench.ask('GET', `${path}/${id}`, { headers: { 'patchbay-min-position': String(await bench.store.readLastPosition()) } });
  const typesSince = async (id: string, revision: number): Promise<string[]> =>
    (await eventsOf(bench, `connection-${id}`)).slice(revision).map(({ type }) => type.replace('.v1', ''));
  /** What the vault holds of a connection, oldest first. */
  const secretsOf = (id: string) =>
    bench.database.query<{ id: string; purpose: string | null; retired: boolean; expiresAt: Date | null; activated: number | null }>(
      `select secret_id as id, purpose, retired_at is not null as retired, expires_at as "expiresAt", activated_at_revision::integer as activated
         from vault.secrets where connection_id = $1 order by sealed_at`,
      [id],
    );

  it('uses the new ones once the service takes them, and keeps the old ones a day', async () => {
    const id = await create();
    bench.sample.acceptedKey = newKey;
    const answer = await rotate(id, { credentials: { apiKey: newKey, expiresAt: '2100-01-01T00:00:00Z' } });
    expect(answer.status).toBe(200);
    expect(schemas.Connection.strict().parse(answer.body)).toMatchObject({
      status: 'active',
      credential: { version: 2, boundTo: bench.sample.url, source: 'entered', expiresAt: '2100-01-01T00:00:00.000Z' },
      candidate: null,
      revision: 5,
    });
    expect(answer.headers.get('etag')).toBe('"5"');
    expect(answer.headers.get('patchbay-position')).toMatch(/^\d+$/);
    expect(await typesSince(id, 3)).toEqual(['CredentialsProposed', 'ConnectionVerified', 'CredentialsRotated']);
    expect(await secretsOf(id)).toMatchObject([
      { retired: true, expiresAt: new Date(now + day), activated: 1 },
      { retired: false, purpose: null, expiresAt: null, activated: 5 },
    ]);
  });

  it('leaves the old ones in use where the service refuses the new ones, which are destroyed', async () => {
    const id = await create();
    const answer = await rotate(id, { credentials: { apiKey: wrongKey } });
    expect(answer).toMatchObject({ status: 422, body: { reason: 'CredentialsWereRefused', errors: [{ pointer: '/credentials' }] } });
    expect((await get(id)).body).toMatchObject({ status: 'active', credential: { version: 1 }, candidate: null });
    expect(await typesSince(id, 3)).toEqual(['CredentialsProposed', 'CredentialsRejected']);
    expect(await secretsOf(id)).toHaveLength(1);
    expect((await bench.ask('POST', `${path}/${id}/verify`)).body.status).toBe('active');
  });

  it('lets the new ones wait where the service cannot be asked, and a newer one supersede them', async () => {
    const id = await create();
    bench.sample.down = true;
    const answer = await rotate(id);
    expect(answer.status).toBe(202);
    const { candidate, ...connection } = schemas.Connection.strict().parse(answer.body);
    expect(connection).toMatchObject({ status: 'active', credential: { version: 1 } });
    expect(candidate).toMatchObject({ category: 'unreachable', expiresAt: new Date(now + day).toISOString() });
    expect((await get(id)).body['candidate']).toEqual(candidate);
    expect(await secretsOf(id)).toMatchObject([
      { activated: 1 },
      { id: candidate?.secretId, purpose: 'candidate', expiresAt: new Date(now + day), activated: null },
    ]);

    const newer = await rotate(id, { credentials: { apiKey: wrongKey } });
    const waiting = schemas.Connection.strict().parse(newer.body).candidate;
    expect(newer.status).toBe(202);
    expect((await secretsOf(id)).map((secret) => secret.id)).toEqual([expect.any(String), waiting?.secretId]);
    bench.sample.down = false;
    bench.sample.acceptedKey = newKey;
    expect(await rotate(id)).toMatchObject({ status: 200, body: { candidate: null, credential: { version: 2 } } });
    expect(await typesSince(id, 4)).toEqual([
      ...['CredentialsRejected', 'CredentialsProposed'],
      ...['CredentialsRejected', 'CredentialsProposed', 'ConnectionVerified', 'CredentialsRotated'],
    ]);
    expect(await secretsOf(id)).toHaveLength(2);
  });

  it('uses untried ones at once where those in use are refused anyway', async () => {
    const id = await create({ credentials: { apiKey: wrongKey } });
    bench.sample.down = true;
    const answer = await rotate(id);
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'error', statusReason: { code: 'unreachable' }, credential: { version: 2 }, candidate: null },
    });
  });

  it('keeps nothing for an address that may not be called any more', async () => {
    const id = await createdWhileAllowed('http://10.1.2.3');
    const answer = await rotate(id);
    expect(answer).toMatchObject({ status: 422, body: { reason: 'AddressIsNotAllowed', errors: [{ pointer: '/serviceUrl' }] } });
    expect(await typesSince(id, 2)).toEqual([]);
    expect(await secretsOf(id)).toEqual([]);
  });

  it('keeps nothing of another account, unless that is meant', async () => {
    const id = await create();
    Object.assign(bench.sample, { account: { id: 43, name: 'Hooli' }, acceptedKey: newKey });
    expect(await rotate(id)).toMatchObject({ status: 422, body: { reason: 'AccountIsDifferent' } });
    expect(await typesSince(id, 3)).toEqual([]);
    expect(await secretsOf(id)).toHaveLength(1);
    expect((await get(id)).body['account']).toEqual({ id: '42', label: 'Acme Limited' });
    expect(await rotate(id, { allowAccountChange: true })).toMatchObject({ status: 200, body: { account: { id: '43', label: 'Hooli' } } });
  });

  it('says what is wrong with the fields, and asks nobody', async () => {
    const id = await create();
    const before = bench.sample.calls();
    const answer = await rotate(id, { credentials: { apiKeyName: 'canary', expiresAt: '2020-01-01T00:00:00Z' } });
    expect(answer).toMatchObject({ status: 422, body: { reason: 'FieldsAreInvalid' } });
    expect(answer.body.errors.map(({ pointer, reason }) => `${pointer} ${reason}`)).toEqual([
      '/credentials/apiKey required',
      '/credentials/apiKeyName misplaced',
      '/credentials/expiresAt past',
    ]);
    expect(await rotate(id, { credentials: 'canary' })).toMatchObject({ status: 400 });
    expect(await rotate(id, {}, { headers: { 'if-match': '"0"' } })).toMatchObject({ status: 412 });
    expect(bench.sample.calls()).toBe(before);
  });

  it('is refused where there is nothing to rotate', async () => {
    const utility = { connector: 'date', authType: 'none', serviceUrl: undefined, settings: undefined, credentials: undefined };
    const id = await create(utility);
    expect(await rotate(id, { credentials: {} })).toMatchObject({ status: 422, body: { reason: 'AuthTypeIsNotOffered' } });
    expect(await rollBack(id)).toMatchObject({ status: 422, body: { reason: 'AuthTypeIsNotOffered' } });
  });

  it('rotates once for one Idempotency-Key, and refuses once', async () => {
    const id = await create();
    const keyed = (key: string): Asked => ({ headers: { 'idempotency-key': key } });
    bench.sample.acceptedKey = newKey;
    const before = bench.sample.calls();
    const first = await rotate(id, {}, keyed('rotate-1'));
    expect((await rotate(id, {}, keyed('rotate-1'))).text).toBe(first.text);
    const refused = { credentials: { apiKey: wrongKey } };
    for (let time = 0; time < 2; time++) expect(await rotate(id, refused, keyed('rotate-2'))).toMatchObject({ status: 422 });
    expect(bench.sample.calls() - before).toBe(2);
    expect(await typesSince(id, 6)).toEqual(['CredentialsProposed', 'CredentialsRejected']);
    expect(await secretsOf(id)).toHaveLength(2);
  });

  it('leaves the head of the vault at the secret that is in use', async () => {
    const id = await create();
    bench.sample.acceptedKey = newKey;
    await rotate(id);
    const [head] = await bench.database.query(
      `select head.settled -> 'credentialVersion' as version, head.marks, secret.activated_at_revision::integer = (head.settled ->> 'secretRevision')::integer as same
         from vault.vault_heads head join vault.secrets secret on secret.secret_id::text = head.settled ->> 'secretId' where head.connection_id = $1`,
      [id],
    );
    expect(head).toEqual({ version: 2, marks: {}, same: true });
  });

  describe('rolled back', () => {
    it('uses the ones before again, as a new version with a secret of its own', async () => {
      const id = await create();
      const [first] = await secretsOf(id);
      const fingerprint = await fingerprintOf(id);
      bench.sample.acceptedKey = newKey;
      await rotate(id);
      bench.sample.acceptedKey = rightKey;
      const answer = await rollBack(id);
      expect(answer).toMatchObject({ status: 200, body: { status: 'active', credential: { version: 3, fingerprint } } });
      const [rotated] = (await eventsOf(bench, `connection-${id}`)).slice(-1);
      expect(rotated).toMatchObject({ type: 'CredentialsRotated.v1', data: { reason: 'rolled_back' } });
      expect((rotated?.data as { secretId: string }).secretId).not.toBe(first?.id);
      expect(await rollBack(id)).toMatchObject({ status: 422 }); // the other one, which the service refuses now
    });

    it('leaves what is in use where the service refuses the ones before, and lets them wait where it cannot be asked', async () => {
      const id = await create();
      bench.sample.acceptedKey = newKey;
      await rotate(id);
      expect(await rollBack(id)).toMatchObject({ status: 422, body: { reason: 'CredentialsWereRefused' } });
      expect((await get(id)).body).toMatchObject({ status: 'active', credential: { version: 2 } });
      expect(await secretsOf(id)).toHaveLength(2);
      bench.sample.down = true;
      expect(await rollBack(id)).toMatchObject({ status: 202, body: { candidate: { category: 'unreachable' } } });
    });

    it('is refused where there are none, and once their day is over', async () => {
      const id = await create();
      expect(await rollBack(id)).toMatchObject({ status: 409, body: { reason: 'NothingToRollBackTo' } });
      bench.sample.acceptedKey = newKey;
      await rotate(id);
      now += day;
      expect(await rollBack(id)).toMatchObject({ status: 409, body: { reason: 'NothingToRollBackTo' } });
    });

    it('asks for another account to be meant', async () => {
      const id = await create();
      Object.assign(bench.sample, { account: { id: 43, name: 'Hooli' }, acceptedKey: newKey });
      await rotate(id, { allowAccountChange: true });
      Object.assign(bench.sample, { account: { id: 42, name: 'Acme Limited' }, acceptedKey: rightKey });
      expect(await rollBack(id)).toMatchObject({ status: 422, body: { reason: 'AccountIsDifferent' } });
      expect(await rollBack(id, { body: { allowAccountChange: 'canary' } })).toMatchObject({ status: 400 });
      expect(await rollBack(id, { body: { allowAccountChange: true } })).toMatchObject({ status: 200, body: { account: { id: '42' } } });
    });

    const fingerprintOf = async (id: string): Promise<unknown> =>
      ((await get(id)).body['credential'] as { fingerprint: string }).fingerprint;
  });

  describe('tried only', () => {
    /** All that is kept anywhere, but for the bookkeeping of requests. */
    const kept = async (): Promise<unknown> => {
      const [rows] = await bench.database.query(
        `select (select count(*) from vault.secrets) as secrets, (select count(*) from vault.vault_heads) as heads,
                (select count(*) from vault.workspace_keys) + (select count(*) from vault.fingerprint_keys) as keys,
                (select count(*) from vault.connection_accounts) as accounts`,
      );
      return [rows, await bench.store.readLastPosition()];
    };

    it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
      ['accepted', {}, { status: 'active', statusReason: null, account: { id: '42', label: 'Acme Limited' } }],
      [
        'refused',
        { credentials: { apiKey: wrongKey } },
        { status: 'error', statusReason: { code: 'unauthorized', action: 'enter_credentials' }, account: null },
      ],
    ])('says of a connection to be that it would be %s, and stores nothing', async (_, changed, expected) => {
      const token = await bench.token({ workspace_id: 'unheard-of' });
      const before = await kept();
      const body = orders(bench.sample, { name: 'Tried', dryRun: true, ...changed });
      const answer = await bench.ask('POST', path.replace('acme', 'unheard-of'), { token, body });
      expect(answer.status).toBe(200);
      expect(schemas.Trial.strict().parse(answer.body)).toMatchObject(expected);
      expect(answer.text).not.toContain('canary');
      expect(await kept()).toEqual(before);
    });

    it('says the same of credentials to rotate to, and stores nothing', async () => {
      const id = await create();
      const before = await kept();
      const outcomes = [];
      for (const change of [{ acceptedKey: newKey }, { acceptedKey: rightKey }, { down: true }]) {
        Object.assign(bench.sample, change);
        const { status, body } = await rotate(id, { dryRun: true });
        outcomes.push([status, schemas.Trial.strict().parse(body).statusReason?.code]);
      }
      expect(outcomes).toEqual([
        [200, undefined],
        [200, 'unauthorized'],
        [200, 'unreachable'],
      ]);
      expect(await kept()).toEqual(before);
    });

    it('is refused for what would be refused', async () => {
      const id = await create();
      Object.assign(bench.sample, { account: { id: 43, name: 'Hooli' }, acceptedKey: newKey });
      expect(await rotate(id, { dryRun: true })).toMatchObject({ status: 422, body: { reason: 'AccountIsDifferent' } });
      expect(await rotate(id, { dryRun: true, credentials: {} })).toMatchObject({ status: 422, body: { reason: 'FieldsAreInvalid' } });
      const body = orders(bench.sample, { dryRun: true, serviceUrl: 'https://10.1.2.3' });
      expect(await bench.ask('POST', path, { body })).toMatchObject({ status: 422, body: { reason: 'AddressIsNotAllowed' } });
    });
  });

  /** A connection from the time when its address was allowed. */
  async function createdWhileAllowed(serviceUrl: string): Promise<string> {
    const nothing = () => Promise.resolve();
    const streams = new ConnectionStreams({ store: bench.store, heads: { mark: nothing, settle: nothing, unmark: nothing } });
    const [id, secretId, commandId] = [v7(), v7(), newCommandId()];
    const actor = { kind: 'user', id: 'ada' } as const;
    const http = { connectorKey: 'http', connectorVersion: 1, authType: 'api_key', serviceUrl } as const;
    await streams.execute(id, { commandId, correlationId: 'r', causationId: 'r', workspaceId: 'acme', actor }, () => [
      { type: 'Create', workspaceId: 'acme', name: 'Once allowed', ...http, settings: {}, owner: 'ada', labels: {} },
      { type: 'ProvideCredentials', secretId, fingerprint: 'f', boundTo: `${serviceUrl}:80`, source: 'entered' },
    ]);
    return id;
  }
});
