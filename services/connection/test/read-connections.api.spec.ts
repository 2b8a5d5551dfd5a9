import { rows as rowsOf } from '#postgres';
import { schemas } from '../src/edge/schemas';
import { orders, workbench, wrongKey, type Answer, type Asked, type Workbench } from './workbench';

const path = '/v1/workspaces/acme/connections';
const date = { connector: 'date', authType: 'none', serviceUrl: undefined, settings: undefined, credentials: undefined };

describe('reading connections over HTTP', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await workbench();
  });
  afterEach(() => bench.stop());

  const create = async (changed: Record<string, unknown> = {}, asked: Asked = {}): Promise<Answer> => {
    const answer = await bench.ask('POST', path, { ...asked, body: orders(bench.sample, changed) });
    expect(answer.status).toBe(201);
    return answer;
  };
  const positionOf = ({ headers }: Answer): Record<string, string> => ({
    'patchbay-min-position': headers.get('patchbay-position') ?? 'none',
  });

  it('shows from the read model what the command answered from the log', async () => {
    const created = await create({ name: 'Orders' });
    const later = await bench.ask('GET', `${path}/${created.body.id}`, { headers: positionOf(created) });
    expect(later.body).toEqual(created.body);
    expect(later.headers.get('etag')).toBe('"1"');
    expect(await rows()).toBe(1);
  });

  it('shows from the log what the read model has not heard of, and what it could not take in', async () => {
    const known = await create({ name: 'Known' });
    await bench.ask('GET', path, { headers: positionOf(known) });
    await bench.follower.stop();
    const { body } = await create({ name: 'Unheard of' });
    expect((await bench.ask('GET', `${path}/${body.id}`)).body).toEqual(body);
    expect((await bench.ask('GET', path)).body.items.map(({ name }) => name)).toEqual(['Known']);
  });

  it('lists what was just written to whoever says so, and 503 when it does not come within two seconds', async () => {
    const first = await create({ name: 'First' });
    const list = await bench.ask('GET', path, { headers: positionOf(first) });
    expect(list.body.items).toEqual([first.body]);

    await bench.follower.stop();
    const second = await create({ name: 'Second' });
    const started = performance.now();
    const behind = await bench.ask('GET', path, { headers: positionOf(second) });
    expect(performance.now() - started).toBeGreaterThan(1_900);
    expect(behind).toMatchObject({ status: 503, body: { reason: 'ReadModelIsBehind' } });
    expect(behind.headers.get('retry-after')).toBe('1');
  });

  it('lists by name, page by page, and says where the next one begins', async () => {
    for (const name of ['Delta', 'alpha', 'Charlie', 'bravo', 'echo']) await create({ ...date, name });
    const last = await create({ ...date, name: 'foxtrot' });
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await bench.ask('GET', `${path}?limit=4${query}`, { headers: positionOf(last) });
      schemas.ConnectionList.strict().parse(body);
      names.push(...body.items.map(({ name }) => name));
      cursor = body.nextCursor;
    }
    expect(names).toEqual(['alpha', 'bravo', 'Charlie', 'Delta', 'echo', 'foxtrot']);
  });

  it('lists what fits the filter', async () => {
    await create({ name: 'Orders', labels: { team: 'payments' } });
    await create({ name: 'Broken', labels: { team: 'shipping' }, credentials: { apiKey: wrongKey } });
    const last = await create({ ...date, name: 'Today' });
    const listed = async (query: string): Promise<string[]> => {
      const { body } = await bench.ask('GET', `${path}?${query}`, { headers: positionOf(last) });
      return body.items.map(({ name }) => name);
    };
    expect(await listed('status=error')).toEqual(['Broken']);
    expect(await listed('status=error&status=active&sort=-name')).toEqual(['Today', 'Orders', 'Broken']);
    expect(await listed('connector=http')).toEqual(['Broken', 'Orders']);
    expect(await listed('category=utilities')).toEqual(['Today']);
    expect(await listed('label=team:payments')).toEqual(['Orders']);
    expect(await listed('label=team')).toEqual(['Broken', 'Orders']);
    expect(await listed('q=acme%20lim')).toEqual(['Orders']); // by the account
    expect(await listed('name=ORDERS')).toEqual(['Orders']);
  });

  it('finds a connection by a name it had before, and says which it has now, until another takes that name', async () => {
    const found = async (name: string, answer: Answer): Promise<unknown[]> => {
      const { body } = await bench.ask('GET', `${path}?name=${encodeURIComponent(name)}`, { headers: positionOf(answer) });
      schemas.ConnectionList.strict().parse(body);
      return body.items.map(({ id, name: now, renamedTo }) => [id, now, renamedTo]);
    };
    const first = await create({ ...date, name: 'Straße' });
    const { id } = first.body;
    expect(await found('STRASSE', first)).toEqual([[id, 'Straße', undefined]]);

    await bench.ask('PATCH', `${path}/${id}`, { body: { name: 'Avenue' } });
    const renamed = await bench.ask('PATCH', `${path}/${id}`, { body: { name: 'Boulevard' } });
    expect(await found('strasse', renamed)).toEqual([[id, 'Boulevard', 'Boulevard']]);
    expect(await found('Avenue', renamed)).toEqual([[id, 'Boulevard', 'Boulevard']]);
    expect(await found('Boulevard', renamed)).toEqual([[id, 'Boulevard', undefined]]);

    const taker = await create({ ...date, name: 'STRASSE' });
    expect(await found('Straße', taker)).toEqual([[taker.body.id, 'STRASSE', undefined]]);
    expect(await found('Avenue', taker)).toEqual([[id, 'Boulevard', 'Boulevard']]);
  });

  it.each([
    ['a page of none', 'limit=0', '/query/limit pattern'],
    ['a page of too many', 'limit=201', '/query/limit pattern'],
    ['an order that there is none of', 'sort=colour', '/query/sort choice'],
    ['a status that there is none of', 'status=active&status=canary', '/query/status choice'],
    ['a filter that there is none of', 'colour=canary', '/query/colour unknown'],
    ['a cursor of another list', 'cursor=canary', '/query/cursor wrong'],
    ['a filter twice', 'connector=http&connector=date', '/query/connector type'],
  ])('refuses %s', async (_, query, problem) => {
    const answer = await bench.ask('GET', `${path}?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'BodyIsMalformed' } });
    expect(answer.body.errors.map(({ pointer, reason }) => `${pointer} ${reason}`)).toEqual([problem]);
    expect(answer.text).not.toContain('canary');
  });

  it('shows the history, newest first, by page and by kind', async () => {
    const created = await create({ name: 'Orders' });
    const one = `${path}/${created.body.id}`;
    await bench.ask('PATCH', one, { body: { name: 'Invoices' } });
    await bench.ask('POST', `${one}/verify`);
    const whole = await bench.ask('GET', `${one}/history`);
    schemas.History.strict().parse(whole.body);
    expect(whole.body.items.map(({ type, revision }) => `${revision} ${type}`)).toEqual([
      '4 ConnectionVerified',
      '3 ConnectionRenamed',
      '2 ConnectionVerified',
      '1 CredentialsProvided',
      '0 ConnectionCreated',
    ]);
    expect(whole.body.items[1]).toMatchObject({ actor: { kind: 'user', id: 'ada' }, data: { from: 'Orders', to: 'Invoices' } });

    const first = await bench.ask('GET', `${one}/history?types=ConnectionVerified,ConnectionRenamed&limit=2`);
    const cursor = first.body.nextCursor ?? '';
    const rest = await bench.ask('GET', `${one}/history?types=ConnectionVerified,ConnectionRenamed&limit=2&cursor=${cursor}`);
    expect([...first.body.items, ...rest.body.items].map(({ revision }) => revision)).toEqual([4, 3, 2]);
    expect(rest.body.nextCursor).toBeNull();
    expect((await bench.ask('GET', `${one}/history?cursor=${cursor}`)).body.reason).toBe('BodyIsMalformed');
  });

  it('shows the catalog, with how many connections the workspace has to each', async () => {
    await create({ ...date, name: 'One' });
    const last = await create({ ...date, name: 'Two' });
    const asked = { headers: positionOf(last) };
    const list = await bench.ask('GET', '/v1/connectors?category=utilities', asked);
    schemas.ConnectorList.strict().parse(list.body);
    expect(list.body.items).toContainEqual(expect.objectContaining({ key: 'date', connectedCount: 2, authTypes: ['none'] }));
    expect(list.body.items.map(({ name }) => name)).not.toContain('HTTP API');

    const one = await bench.ask('GET', '/v1/connectors/http', asked);
    schemas.Connector.strict().parse(one.body);
    expect(one.body).toMatchObject({ key: 'http', connectedCount: 0, categories: [{ key: 'generic', label: 'Generic' }] });
    expect(one.text).not.toContain('placements');
    expect(one.text).not.toContain('"verification"');

    const schema = await bench.ask('GET', '/v1/connectors/http/schema');
    schemas.ConnectorSchema.parse(schema.body);
    expect(schema.body).toMatchObject({ title: 'HTTP API', properties: { connector: { const: 'http' } } });

    const categories = await bench.ask('GET', '/v1/connector-categories', asked);
    schemas.CategoryList.strict().parse(categories.body);
    expect(categories.body.items).toContainEqual(expect.objectContaining({ key: 'utilities', label: 'Utilities' }));
  });

  it('shows a connector from the release while the read model is empty, and nobody’s count to who is in several workspaces', async () => {
    await bench.follower.stop();
    const token = await bench.token({
      sub: 'engine',
      workspace_id: undefined,
      role: undefined,
      workspaces: '*',
      scope: 'connections:read',
    });
    const answer = await bench.ask('GET', '/v1/connectors/http', { token });
    expect(answer).toMatchObject({ status: 200, body: { key: 'http', connectedCount: null } });
    for (const path of ['/v1/connectors/httq', '/v1/connectors/httq/schema']) {
      expect(await bench.ask('GET', path, { token })).toMatchObject({ status: 404, body: { reason: 'ConnectorDoesNotExist' } });
    }
  });

  async function rows(): Promise<number> {
    return bench.database.inWorkspace('acme', async (tx) => {
      const [row] = await rowsOf<{ count: number }>(tx, 'select count(*)::integer as count from read_models.workspace_connections');
      return row?.count ?? -1;
    });
  }
});
