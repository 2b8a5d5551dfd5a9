import { schemas } from '../src/edge/schemas';
import { eventsOf, orders, rightKey, workbench, wrongKey, type Answer, type Workbench } from './workbench';

const path = '/v1/workspaces/acme/connections';

describe('creating a connection over HTTP', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await workbench();
  });
  afterAll(() => bench.stop());
  afterEach(() => {
    bench.sample.down = false;
    expect(bench.log()).not.toContain('canary');
  });

  const create = (changed: Record<string, unknown>): Promise<Answer> => bench.ask('POST', path, { body: orders(bench.sample, changed) });

  it('verifies what was entered and keeps an active connection, with its account and never with the key', async () => {
    const answer = await create({ name: '  Orders - production ', labels: { team: 'payments' } });
    expect(answer.status).toBe(201);
    expect(schemas.Connection.strict().parse(answer.body)).toMatchObject({
      workspaceId: 'acme',
      connector: { key: 'http', version: 1 },
      name: 'Orders - production',
      settings: { apiKeyIn: 'header', apiKeyName: 'X-Api-Key' },
      labels: { team: 'payments' },
      status: 'active',
      statusReason: null,
      credential: { version: 1, boundTo: bench.sample.url, source: 'entered', display: null, expiresAt: null },
      account: { id: '42', label: 'Acme Limited' },
      owner: 'ada',
      createdBy: 'ada',
      revision: 2,
    });
    expect(answer.headers.get('location')).toBe(`${path}/${answer.body.id}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer.headers.get('patchbay-position')).toMatch(/^\d+$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.text).not.toContain(rightKey);
  });

  it('makes one append of all that was found out, with who asked in it', async () => {
    const { body } = await bench.ask('POST', path, { body: orders(bench.sample), headers: { 'x-request-id': 'trace-7' } });
    const events = await eventsOf(bench, `connection-${body.id}`);
    expect(events.map(({ type }) => type)).toEqual(['ConnectionCreated.v1', 'CredentialsProvided.v1', 'ConnectionVerified.v1']);
    expect(new Set(events.map(({ metadata }) => (metadata as { commandId: string }).commandId)).size).toBe(1);
    expect(events[0]?.metadata).toMatchObject({ correlationId: 'trace-7', workspaceId: 'acme', actor: { kind: 'user', id: 'ada' } });
    expect(JSON.stringify(events.map(({ data, metadata }) => [data, metadata]))).not.toContain('Acme Limited'); // personal data stays out of the log
  });

  it('keeps what the service refuses, and says why and what to do', async () => {
    const answer = await create({ credentials: { apiKey: wrongKey } });
    expect(answer.status).toBe(201);
    expect(schemas.Connection.strict().parse(answer.body)).toMatchObject({
      status: 'error',
      statusReason: {
        code: 'unauthorized',
        detail: { code: 'service_refused_credentials', httpStatus: 401 },
        action: 'enter_credentials',
      },
      credential: { version: 1 },
      account: null,
      verifiedAt: null,
    });
    expect(answer.text).not.toContain('canary');
  });

  it('keeps what could not be verified because the service is not there: what was typed is not lost', async () => {
    bench.sample.down = true;
    const { status, body } = await create({});
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'error',
      statusReason: { code: 'unreachable', action: 'check_service_url' },
      credential: { version: 1 },
    });
  });

  it.each(['https://10.1.2.3', 'http://169.254.169.254/latest', 'https://localhost'])(
    'keeps nothing of a connection to %s, an address that may not be called',
    async (serviceUrl) => {
      const sealedBefore = await secrets();
      const answer = await create({ name: 'Inner network', serviceUrl });
      expect(answer).toMatchObject({ status: 422, body: { reason: 'AddressIsNotAllowed', errors: [{ pointer: '/serviceUrl' }] } });
      expect(await secrets()).toBe(sealedBefore);

      const again = await create({ name: 'Inner network' });
      expect(again.status).toBe(201); // the name was given back
      await bench.ask('PATCH', `${path}/${again.body.id}`, { body: { name: `Inner network ${again.body.id}` } });
    },
  );

  it('gives a name to one of 64 who ask for it at once, in whatever case, and tells 63 that it is taken', async () => {
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        create({ name: index % 2 === 0 ? 'Straße 12' : 'STRASSE 12', credentials: { apiKey: rightKey } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(63);
    expect(new Set(refused.map(({ body }) => body.reason))).toEqual(new Set(['NameIsTaken']));
  });

  it('numbers the connections that nobody named', async () => {
    const names: string[] = [];
    for (let count = 0; count < 3; count++) names.push((await create({ connector: 'date', ...utility })).body.name);
    const parallel = await Promise.all(Array.from({ length: 5 }, () => create({ connector: 'date', ...utility })));
    expect(names).toEqual(['Date', 'Date 2', 'Date 3']);
    expect(new Set(parallel.map(({ body }) => body.name)).size).toBe(5);
  });

  it('has nothing to verify for a utility: it is active at once', async () => {
    const { status, body } = await create({ connector: 'json', ...utility });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'active', authType: 'none', serviceUrl: null, credential: null, account: null, revision: 1 });
  });

  it('says all that is wrong at once, where it is, and repeats no value', async () => {
    const answer = await create({
      name: ' ',
      serviceUrl: 'https://ada:canary@orders.example.com',
      settings: {
        apiKeyIn: 'canary',
        apiKeyName: 'two canaries',
        apiKey: 'canary',
        extraHeaders: { Authorization: 'canary', Accept: 1 },
        speed: 'canary',
      },
      credentials: { apiKeyPrefix: 'canary', expiresAt: '2020-01-01T00:00:00Z' },
      labels: { '-': 'canary', team: 7 },
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(schemas.Problem.strict().parse(answer.body)).toMatchObject({ type: '/problems/FieldsAreInvalid', reason: 'FieldsAreInvalid' });
    expect(answer.body.errors.map(({ pointer, reason }) => `${pointer} ${reason}`).sort()).toEqual([
      '/credentials/apiKey required',
      '/credentials/apiKeyPrefix misplaced',
      '/credentials/expiresAt past',
      '/labels key',
      '/labels/team type',
      '/name length',
      '/serviceUrl pattern',
      '/settings/apiKey misplaced',
      '/settings/apiKeyIn choice',
      '/settings/apiKeyName pattern',
      '/settings/extraHeaders/Accept type',
      '/settings/extraHeaders/Authorization wrong',
      '/settings/speed unknown',
    ]);
    expect(answer.text).not.toContain('canary');
    expect(answer.text).not.toContain('canaries');
  });

  it.each([
    ['a connector that does not exist', { connector: 'httq' }, 404, 'ConnectorDoesNotExist'],
    ['an auth type that is not said where there are several', { authType: undefined }, 422, 'AuthTypeIsAmbiguous'],
    ['an auth type that is not offered', { authType: 'oauth2' }, 422, 'AuthTypeIsNotOffered'],
    ['a visibility that there is none of', { visibility: 'private' }, 422, 'VisibilityIsNotSupported'],
    ['credentials for a way that has none', { authType: 'none', settings: {} }, 422, 'FieldsAreInvalid'],
    ['a service URL that holds a key in its query', { serviceUrl: 'https://orders.example.com/?key=canary' }, 422, 'FieldsAreInvalid'],
  ])('refuses %s', async (_, changed, status, reason) => {
    const answer = await create(changed);
    expect(answer).toMatchObject({ status, body: { status, reason, type: `/problems/${reason}` } });
    expect(answer.text).not.toContain('canary');
  });

  it.each([
    ['no connector', { connector: undefined }, '/connector required'],
    ['a member that there is none of', { apiKey: 'canary' }, '/apiKey unknown'],
    ['a text where an object belongs', { credentials: 'canary' }, '/credentials type'],
    ['an environment that there is none of', { environment: 'canary' }, '/environment choice'],
    ['a number for a name', { name: 7 }, '/name type'],
  ])('calls a body with %s malformed', async (_, changed, problem) => {
    const answer = await create(changed);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'BodyIsMalformed' } });
    expect(answer.body.errors.map(({ pointer, reason }) => `${pointer} ${reason}`)).toEqual([problem]);
    expect(answer.text).not.toContain('canary');
  });

  it('takes null for left out', async () => {
    const { status } = await create({ name: null, environment: null, labels: null, visibility: null });
    expect(status).toBe(201);
  });

  it('remembers when a credential expires, in UTC', async () => {
    const { body } = await create({ credentials: { apiKey: rightKey, expiresAt: '2100-01-01T02:00:00+02:00' } });
    expect(body).toMatchObject({ status: 'active', credential: { expiresAt: '2100-01-01T00:00:00.000Z' } });
  });

  it('leaves no key in the clear in log and tables, after all that was tried', async () => {
    await create({});
    let log = '';
    for await (const { data, metadata } of bench.store.readAll()) log += JSON.stringify([data, metadata]);
    expect(log).toContain('fingerprint');
    const tables = await bench.database.query<{ row: string }>(`
      select row::text from vault.secrets row union all select row::text from vault.vault_heads row
      union all select row::text from vault.connection_accounts row`);
    for (const key of [rightKey, wrongKey]) {
      for (const form of [key, Buffer.from(key).toString('hex'), Buffer.from(key).toString('base64')]) {
        expect(log).not.toContain(form);
        expect(tables.filter(({ row }) => row.includes(form))).toEqual([]);
      }
    }
  });

  const utility = { authType: undefined, serviceUrl: undefined, settings: undefined, credentials: undefined };

  async function secrets(): Promise<number> {
    const [row] = await bench.database.query<{ count: number }>('select count(*)::integer as count from vault.secrets');
    return row?.count ?? -1;
  }
});
