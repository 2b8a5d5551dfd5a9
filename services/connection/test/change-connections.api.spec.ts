import { eventsOf, orders, rightKey, workbench, wrongKey, type Answer, type Asked, type Workbench } from './workbench';

const path = '/v1/workspaces/acme/connections';

describe('changing a connection over HTTP', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await workbench();
  });
  afterAll(() => bench.stop());
  afterEach(() => {
    Object.assign(bench.sample, { down: false, acceptedKey: rightKey });
    expect(bench.log()).not.toContain('canary');
  });

  const create = async (changed: Record<string, unknown> = {}, asked: Asked = {}): Promise<Answer> => {
    const answer = await bench.ask('POST', path, { ...asked, body: orders(bench.sample, changed) });
    expect(answer.status).toBe(201);
    return answer;
  };
  const rename = (id: string, name: string, asked: Asked = {}): Promise<Answer> =>
    bench.ask('PATCH', `${path}/${id}`, { ...asked, body: { name } });
  const get = (id: string, after: Answer): Promise<Answer> =>
    bench.ask('GET', `${path}/${id}`, { headers: { 'patchbay-min-position': after.headers.get('patchbay-position') ?? 'none' } });
  const typesOf = async (id: string): Promise<string[]> => (await eventsOf(bench, `connection-${id}`)).map(({ type }) => type);

  describe('its name', () => {
    it('is changed, and the old one is free for others', async () => {
      const { body } = await create({ name: 'Orders' });
      const renamed = await rename(body.id, 'Bestellungen');
      expect(renamed).toMatchObject({ status: 200, body: { id: body.id, name: 'Bestellungen', revision: 3, status: 'active' } });
      expect(renamed.headers.get('etag')).toBe('"3"');
      expect(await bench.ask('POST', path, { body: orders(bench.sample, { name: 'bestellungen' }) })).toMatchObject({ status: 409 });
      await create({ name: 'Orders' });
    });

    it('is not that of another connection', async () => {
      await create({ name: 'Taken' });
      const { body } = await create({ name: 'Mine' });
      expect(await rename(body.id, ' TAKEN ')).toMatchObject({ status: 409, body: { reason: 'NameIsTaken' } });
      expect(await typesOf(body.id)).toHaveLength(3);
    });

    it('may change its case only, and stays reserved', async () => {
      const { body } = await create({ name: 'case' });
      expect((await rename(body.id, 'CASE')).body.name).toBe('CASE');
      expect(await bench.ask('POST', path, { body: orders(bench.sample, { name: 'Case' }) })).toMatchObject({ status: 409 });
    });

    it('appends nothing when it stays as it is', async () => {
      const { body } = await create({ name: 'Same' });
      const answer = await rename(body.id, 'Same');
      expect(answer).toMatchObject({ status: 200, body: { revision: body.revision } });
      expect(answer.headers.get('patchbay-position')).toMatch(/^\d+$/);
    });

    it('stays reserved through any renaming to and fro at once', async () => {
      const { body } = await create({ name: 'Fro' });
      await Promise.all(Array.from({ length: 20 }, (_, index) => rename(body.id, index % 2 === 0 ? 'To' : 'Fro')));
      const { name } = (await bench.ask('POST', `${path}/${body.id}/verify`)).body;
      expect(await bench.ask('POST', path, { body: orders(bench.sample, { name }) })).toMatchObject({ status: 409 });
      await create({ name: name === 'To' ? 'Fro' : 'To' });
    });

    it('is changed only if the connection is as the asker has seen it', async () => {
      const created = await create({ name: 'Seen' });
      const ifMatch = (etag: string): Asked => ({ headers: { 'if-match': etag } });
      const etag = created.headers.get('etag') ?? '';
      await bench.ask('POST', `${path}/${created.body.id}/verify`); // changes nothing that people edit
      expect(await rename(created.body.id, 'Seen again', ifMatch(etag))).toMatchObject({ status: 200 });
      const refused = await rename(created.body.id, 'Unseen', ifMatch(etag));
      expect(refused).toMatchObject({ status: 412, body: { reason: 'ConnectionChangedMeanwhile', status: 412 } });
      expect(await rename(created.body.id, 'Unseen', ifMatch('*'))).toMatchObject({ status: 200 });
    });

    it('is changed once, however often the request comes with its Idempotency-Key', async () => {
      const { body } = await create({ name: 'Before' });
      const keyed: Asked = { headers: { 'idempotency-key': 'rename-1' } };
      const first = await rename(body.id, 'After', keyed);
      const later = await rename(body.id, 'Later');
      const again = await rename(body.id, 'After', keyed);
      expect(again.body).toEqual(first.body); // as of then
      expect((await get(body.id, later)).body.name).toBe('Later');
      expect(await rename(body.id, 'x', { headers: { 'idempotency-key': 'two words' } })).toMatchObject({ status: 400 });
    });
  });

  describe('its verification', () => {
    const verify = (id: string, asked: Asked = {}): Promise<Answer> => bench.ask('POST', `${path}/${id}/verify`, asked);

    it('makes a connection active whose service is there again, with the account it now names', async () => {
      bench.sample.down = true;
      const { body } = await create();
      expect(body).toMatchObject({ status: 'error', statusReason: { code: 'unreachable' }, account: null });
      bench.sample.down = false;
      const verified = await verify(body.id);
      expect(verified).toMatchObject({ status: 200, body: { status: 'active', statusReason: null, account: { id: '42' }, revision: 3 } });
      expect(verified.headers.get('etag')).toBe('"1"');
    });

    it('says what the service says of the key now, and since when it is so', async () => {
      const { body } = await create();
      bench.sample.acceptedKey = 'k_another';
      const first = await verify(body.id);
      const second = await verify(body.id);
      expect(first.body).toMatchObject({ status: 'error', statusReason: { code: 'unauthorized', action: 'enter_credentials' } });
      const [one, two] = [first, second].map((answer) => answer.body['statusReason'] as { since: string; lastTriedAt: string });
      expect(two?.since).toBe(one?.since);
      expect(Date.parse(two?.lastTriedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(one?.lastTriedAt ?? ''));
      expect(first.text).not.toContain('canary');
    });

    it('asks the service once for one Idempotency-Key', async () => {
      const { body } = await create();
      const before = bench.sample.calls();
      const keyed: Asked = { headers: { 'idempotency-key': 'verify-1' } };
      const first = await verify(body.id, keyed);
      expect((await verify(body.id, keyed)).text).toBe(first.text);
      expect(bench.sample.calls() - before).toBe(1);
      expect(await typesOf(body.id)).toHaveLength(4);
    });

    it('leaves the head of the vault at the secret that is in use', async () => {
      const { body } = await create({ credentials: { apiKey: wrongKey } });
      bench.sample.acceptedKey = wrongKey;
      await verify(body.id);
      const [head] = await bench.database.query(
        `select head.settled ->> 'status' as status, head.marks, secret.purpose, secret.activated_at_revision::integer as revision
           from vault.vault_heads head join vault.secrets secret on secret.secret_id::text = head.settled ->> 'secretId'
          where head.connection_id = $1`,
        [body.id],
      );
      expect(head).toEqual({ status: 'active', marks: {}, purpose: null, revision: 1 });
    });
  });

  it.each([
    ['PATCH', '', { name: 'x' }],
    ['POST', '/verify', undefined],
  ])('refuses to %s what does not exist', async (method, rest, body) => {
    for (const id of ['0199a1d2-6f4e-7c39-b1a5-3f1d2c7e9a10', 'no-uuid', '%24all']) {
      const answer = await bench.ask(method, `${path}/${id}${rest}`, { body });
      expect(answer).toMatchObject({ status: 404, body: { reason: 'ConnectionDoesNotExist' } });
    }
  });
});
