import { createServer } from 'node:http';
import { canary, listening, type ListeningServer } from '#testing';
import { schemas } from '../src/edge/schemas';
import { eventsOf, orders, rightKey, workbench, wrongKey, type Answer, type Asked, type Workbench } from './workbench';

const path = '/v1/workspaces/acme/connections';
const newKey = canary('new_81d2e7');

describe('editing a connection over HTTP', () => {
  let bench: Workbench;
  /** Another service, which takes only the new key. */
  let elsewhere: ListeningServer & { url: string; keys: string[]; down: boolean };
  beforeAll(async () => {
    bench = await workbench();
    const keys: string[] = [];
    const server = await listening(
      createServer((request, response) => {
        keys.push(String(request.headers['x-api-key']));
        if (elsewhere.down) return void request.socket.destroy();
        const known = request.headers['x-api-key'] === newKey;
        response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 42, name: 'Acme Limited' }));
      }),
    );
    elsewhere = { ...server, url: `http://127.0.0.1:${server.port}`, keys, down: false };
  });
  afterAll(async () => {
    await bench.stop();
    await elsewhere.stop();
  });
  beforeEach(() => {
    Object.assign(bench.sample, { down: false, acceptedKey: rightKey, account: { id: 42, name: 'Acme Limited' } });
    elsewhere.keys.length = 0;
    elsewhere.down = false;
  });
  afterEach(() => expect(bench.log()).not.toContain('canary'));

  const create = async (changed: Record<string, unknown> = {}): Promise<string> => {
    const { status, body } = await bench.ask('POST', path, { body: orders(bench.sample, changed) });
    expect(status).toBe(201);
    return body.id;
  };
  const edit = async (id: string, body: unknown, asked: Asked = {}): Promise<Answer> => {
    const answer = await bench.ask('PATCH', `${path}/${id}`, { ...asked, body });
    expect(answer.text).not.toContain('canary');
    return answer;
  };
  const typesSince = async (id: string, revision: number): Promise<string[]> =>
    (await eventsOf(bench, `connection-${id}`)).slice(revision).map(({ type }) => type.replace('.v1', ''));
  const secretsOf = async (id: string): Promise<number> =>
    (await bench.database.query('select 1 from vault.secrets where connection_id = $1', [id])).length;

  it('changes several fields in one append, and says who did it', async () => {
    const id = await create({ name: 'Several', labels: { team: 'payments', stage: 'test' } });
    const answer = await edit(
      id,
      {
        name: 'All of them',
        labels: { stage: null, region: 'eu' },
        environment: 'sandbox',
        settings: { verificationPath: '/me' },
        owner: 'grace',
      },
      { token: await bench.token({ sub: 'mary' }) },
    );
    expect(answer.status).toBe(200);
    expect(schemas.Connection.strict().parse(answer.body)).toMatchObject({
      name: 'All of them',
      labels: { team: 'payments', region: 'eu' },
      environment: 'sandbox',
      settings: { apiKeyName: 'X-Api-Key', apiKeyIn: 'header', verificationPath: '/me', accountIdPath: 'id' },
      owner: 'grace',
      status: 'active',
      updatedBy: 'mary',
      revision: 8,
    });
    expect(answer.headers.get('etag')).toBe('"7"');
    const events = (await eventsOf(bench, `connection-${id}`)).slice(3);
    expect(events.map(({ type }) => type.replace('.v1', ''))).toEqual([
      ...['ConnectionRenamed', 'SettingsChanged', 'EnvironmentLabelled', 'LabelsChanged', 'ConnectionOwnerChanged', 'ConnectionVerified'],
    ]);
    expect(new Set(events.map(({ metadata }) => (metadata as { commandId: string }).commandId)).size).toBe(1);
    await create({ name: 'Several' }); // the former name is free
  });

  it('merges as RFC 7396 says: what is left out stays, null takes away', async () => {
    const id = await create({
      settings: { apiKeyName: 'X-Api-Key', verificationPath: '/me', extraHeaders: { Accept: 'text/plain', Via: 'x' } },
    });
    const { body } = await edit(id, {
      settings: { extraHeaders: { Via: null }, verificationPath: null, apiKeyIn: null },
      environment: 'production',
    });
    expect(body['settings']).toEqual({ apiKeyIn: 'header', apiKeyName: 'X-Api-Key', extraHeaders: { Accept: 'text/plain' } });
    expect((await edit(id, { environment: null, labels: null })).body).toMatchObject({ environment: null, labels: {} });
    const before = await typesSince(id, 0);
    expect(await edit(id, {})).toMatchObject({ status: 200 });
    expect(await edit(id, { settings: {}, labels: {}, owner: 'ada', serviceUrl: bench.sample.url })).toMatchObject({ status: 200 });
    expect(await typesSince(id, 0)).toEqual(before);
  });

  it('verifies a change within the origin with the credentials in use, and keeps it whatever the service says', async () => {
    const id = await create();
    const moved = await edit(id, { serviceUrl: `${bench.sample.url}/v2` });
    expect(moved).toMatchObject({
      status: 200,
      body: { status: 'active', serviceUrl: `${bench.sample.url}/v2`, credential: { version: 1 } },
    });
    expect(await typesSince(id, 3)).toEqual(['ServiceUrlChanged', 'ConnectionVerified']);
    const wrong = await edit(id, { settings: { apiKeyName: 'X-Wrong' } });
    expect(wrong).toMatchObject({
      status: 200,
      body: { status: 'error', statusReason: { code: 'unauthorized' }, settings: { apiKeyName: 'X-Wrong' } },
    });
    bench.sample.down = true;
    expect(await edit(id, { settings: { apiKeyName: 'X-Api-Key' } })).toMatchObject({
      status: 200,
      body: { status: 'error', statusReason: { code: 'unreachable' } },
    });
  });

  it('asks nobody about a change that the service has no part in', async () => {
    const id = await create();
    const before = bench.sample.calls();
    await edit(id, { name: 'Quiet', labels: { a: 'b' }, environment: 'sandbox' });
    expect(bench.sample.calls()).toBe(before);
  });

  it.each([
    ['another port', () => elsewhere.url],
    ['another name', () => bench.sample.url.replace('127.0.0.1', 'localhost')],
    ['another scheme', () => bench.sample.url.replace('http:', 'https:')],
  ])('sends the credentials in use never to %s', async (place, url) => {
    const id = await create();
    const before = bench.sample.calls();
    const answer = await edit(id, { name: place, serviceUrl: url() });
    expect(answer).toMatchObject({ status: 422, body: { reason: 'CredentialsMustBeReentered' } });
    expect(elsewhere.keys).toEqual([]);
    expect(bench.sample.calls()).toBe(before);
    expect(await typesSince(id, 3)).toEqual([]);
    await create({ name: place }); // the name was given back
  });

  it('moves to another origin with credentials that the service there takes', async () => {
    const id = await create();
    const answer = await edit(id, { serviceUrl: elsewhere.url, credentials: { apiKey: newKey } });
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'active', serviceUrl: elsewhere.url, credential: { version: 2, boundTo: elsewhere.url } },
    });
    expect(await typesSince(id, 3)).toEqual(['ServiceUrlChanged', 'CredentialsProposed', 'ConnectionVerified', 'CredentialsRotated']);
    expect(elsewhere.keys).toEqual([newKey]);
    // What was entered for the old origin does not follow.
    expect(await bench.ask('POST', `${path}/${id}/credentials/rollback`)).toMatchObject({
      status: 422,
      body: { reason: 'CredentialsMustBeReentered' },
    });
    expect(elsewhere.keys).toEqual([newKey]);
  });

  it('changes nothing where the credentials for another origin are refused or cannot be proven', async () => {
    const id = await create({ name: 'Proven' });
    const moved = { name: 'Unproven', serviceUrl: elsewhere.url };
    expect(await edit(id, { ...moved, credentials: { apiKey: wrongKey } })).toMatchObject({
      status: 422,
      body: { reason: 'CredentialsWereRefused' },
    });
    elsewhere.down = true;
    expect(await edit(id, { ...moved, credentials: { apiKey: newKey } })).toMatchObject({
      status: 422,
      body: { reason: 'FieldsAreInvalid', errors: [{ pointer: '/serviceUrl', reason: 'unreachable' }] },
    });
    expect(await edit(id, { serviceUrl: 'http://10.1.2.3', credentials: { apiKey: newKey } })).toMatchObject({
      status: 422,
      body: { reason: 'AddressIsNotAllowed' },
    });
    expect(await typesSince(id, 3)).toEqual([]);
    expect(await secretsOf(id)).toBe(1);
    expect((await bench.ask('POST', `${path}/${id}/verify`)).body).toMatchObject({ status: 'active', name: 'Proven' });
    await create({ name: 'Unproven' });
  });

  it('rotates in the same append where the service is called as before', async () => {
    const id = await create();
    bench.sample.acceptedKey = newKey;
    const answer = await edit(id, { labels: { rotated: 'yes' }, credentials: { apiKey: newKey } });
    expect(answer).toMatchObject({ status: 200, body: { credential: { version: 2 }, labels: { rotated: 'yes' } } });
    expect(await typesSince(id, 3)).toEqual(['LabelsChanged', 'CredentialsProposed', 'ConnectionVerified', 'CredentialsRotated']);
    expect(await edit(id, { labels: { rotated: 'no' }, credentials: { apiKey: wrongKey } })).toMatchObject({ status: 422 });
    expect(await typesSince(id, 7)).toEqual([]);
    bench.sample.down = true;
    expect(await edit(id, { labels: { rotated: 'waits' }, credentials: { apiKey: rightKey } })).toMatchObject({
      status: 202,
      body: { labels: { rotated: 'waits' }, credential: { version: 2 }, candidate: { category: 'unreachable' } },
    });
    expect(await edit(id, { labels: { rotated: null } })).toMatchObject({ status: 200, body: { candidate: { category: 'unreachable' } } });
    expect(await edit(id, { settings: { verificationPath: '/me' } })).toMatchObject({ status: 200, body: { candidate: null } });
    expect(await secretsOf(id)).toBe(2); // what waited was entered for the connection as it was
  });

  it('asks for another account to be meant', async () => {
    const id = await create();
    bench.sample.account = { id: 43, name: 'Hooli' };
    const patch = { serviceUrl: `${bench.sample.url}/hooli` };
    expect(await edit(id, patch)).toMatchObject({ status: 422, body: { reason: 'AccountIsDifferent' } });
    expect(await typesSince(id, 3)).toEqual([]);
    expect(await edit(id, { ...patch, allowAccountChange: true })).toMatchObject({ status: 200, body: { account: { id: '43' } } });
  });

  it('gives a connection to another owner only for who may', async () => {
    const id = await create();
    const member = { token: await bench.token({ sub: 'ada', role: 'member' }) };
    const service = (scope: string) => bench.token({ sub: 'engine', workspace_id: undefined, role: undefined, workspaces: '*', scope });
    expect(await edit(id, { owner: 'grace' }, member)).toMatchObject({ status: 403, body: { reason: 'PermissionIsMissing' } });
    expect(await edit(id, { owner: 'ada', name: 'Mine' }, member)).toMatchObject({ status: 200 });
    expect(await edit(id, { owner: 'grace' }, { token: await service('connections:write') })).toMatchObject({ status: 403 });
    expect(await edit(id, { owner: 'grace' }, { token: await service('connections:write connections:delete') })).toMatchObject({
      status: 200,
    });
    expect(await edit(id, { name: 'Theirs' }, member)).toMatchObject({ status: 403 });
  });

  it('changes nothing of a connection that is switched off but what its service has no part in', async () => {
    const id = await create();
    await bench.ask('POST', `${path}/${id}/disable`);
    expect(await edit(id, { labels: { off: 'yes' } })).toMatchObject({ status: 200, body: { status: 'disabled' } });
    for (const patch of [{ serviceUrl: `${bench.sample.url}/v2` }, { credentials: { apiKey: rightKey } }]) {
      expect(await edit(id, patch)).toMatchObject({ status: 409, body: { reason: 'ConnectionIsDisabled' } });
    }
  });

  it('is refused where the connection is not as the asker has seen it', async () => {
    const id = await create();
    const asked = (etag: string): Asked => ({ headers: { 'if-match': etag } });
    expect(await edit(id, { labels: { one: '1' } }, asked('"1"'))).toMatchObject({ status: 200 });
    expect(await edit(id, { labels: { two: '2' } }, asked('"1"'))).toMatchObject({ status: 412 });
  });

  it('lets 64 edits at once all happen, each on what the ones before it led to', async () => {
    const id = await create({ labels: {} });
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => edit(id, { name: `Edited ${index}`, labels: { [`l${index % 32}`]: String(index) } })),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const { body } = await bench.ask('POST', `${path}/${id}/verify`);
    expect(Object.keys(body['labels'] as object)).toHaveLength(32);
    expect(await bench.ask('POST', path, { body: orders(bench.sample, { name: body.name }) })).toMatchObject({ status: 409 });
  });

  it('says all that is wrong at once, and repeats no value', async () => {
    const id = await create();
    const answer = await edit(id, {
      name: ' ',
      serviceUrl: null,
      settings: { apiKeyIn: 'canary', speed: '1' },
      labels: { '-': 'canary' },
      credentials: { expiresAt: 'canary' },
    });
    expect(answer).toMatchObject({ status: 422, body: { reason: 'FieldsAreInvalid' } });
    expect(answer.body.errors.map(({ pointer, reason }) => `${pointer} ${reason}`).sort()).toEqual([
      '/credentials/apiKey required',
      '/credentials/expiresAt pattern',
      '/labels key',
      '/name length',
      '/serviceUrl required',
      '/settings/apiKeyIn choice',
      '/settings/speed unknown',
    ]);
  });

  it.each([
    ['a name that is null', { name: null }, '/name type'],
    ['an owner that is none', { owner: 'two words' }, '/owner pattern'],
    ['credentials that are null', { credentials: null }, '/credentials type'],
    ['a member that there is none of', { apiKey: 'canary' }, '/apiKey unknown'],
  ])('calls a body with %s malformed', async (_, body, problem) => {
    const answer = await edit(await create(), body);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'BodyIsMalformed' } });
    expect(answer.body.errors.map(({ pointer, reason }) => `${pointer} ${reason}`)).toEqual([problem]);
  });
});
