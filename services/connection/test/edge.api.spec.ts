import { generateKeyPair, type JWTPayload } from 'jose';
import { InMemoryEventStore, LogIsUnavailable } from '#event-store';
import { answers } from '../src/edge/answers';
import { permissions } from '../src/edge/permissions';
import { schemas } from '../src/edge/schemas';
import { orders, rightKey, workbench, type Answer, type Asked, type Workbench } from './workbench';

const path = '/v1/workspaces/acme/connections';
const unknownId = '0199a1d2-6f4e-7c39-b1a5-3f1d2c7e9a10';

class FailingStore extends InMemoryEventStore {
  failsWith: Error | null = null;

  override async *readStream(...asked: Parameters<InMemoryEventStore['readStream']>): ReturnType<InMemoryEventStore['readStream']> {
    if (this.failsWith) throw this.failsWith;
    yield* super.readStream(...asked);
  }
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string; readonly security?: unknown }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

describe('the HTTP edge', () => {
  let bench: Workbench;
  let ownId: string;
  let openApi: OpenApi;
  const store = new FailingStore();
  beforeAll(async () => {
    bench = await workbench({ store });
    ownId = await created();
    openApi = (await bench.ask('GET', '/openapi.json', { token: null })).body as unknown as OpenApi;
  });
  afterAll(() => bench.stop());
  afterEach(() => {
    store.failsWith = null;
    expect(bench.log()).not.toContain('canary');
  });

  const created = async (): Promise<string> => (await bench.ask('POST', path, { body: orders(bench.sample) })).body.id;

  /** Every operation of the document, at a path that exists. */
  const operations = (id = ownId): { operation: string; method: string; path: string }[] =>
    Object.entries(openApi.paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({
        operation: operationId,
        method: method.toUpperCase(),
        path: template.replace('{ws}', 'acme').replace('{id}', id).replace('{key}', 'http').replace('{name}', 'connectors'),
      })),
    );
  const bodyFor = (operation: string): Asked => {
    if (operation === 'CreateConnection') return { body: orders(bench.sample) };
    if (operation === 'EditConnection') return { body: { name: 'Renamed' } };
    return operation === 'RotateCredentials' ? { body: { credentials: { apiKey: rightKey } } } : {};
  };

  it('describes every operation that asks for a token, in OpenAPI 3.1', () => {
    const closed = Object.entries(permissions).flatMap(([operation, permission]) => (permission === 'open' ? [] : [operation]));
    expect(openApi.openapi).toBe('3.1.0');
    expect(
      operations()
        .map(({ operation }) => operation)
        .sort(),
    ).toEqual(closed.sort());
    expect(Object.keys(openApi.components.schemas)).toEqual(expect.arrayContaining(Object.keys(schemas)));
    expect(JSON.stringify(openApi)).not.toContain('undefined');
  });

  it('answers 404 at every path with one character appended', async () => {
    const open = ['/docs', '/openapi.json', '/healthz', '/readyz', '/problems/NameIsTaken', '/docs/swagger-ui.css'];
    const token = await bench.token(service('connections:read connections:write connections:delete audit:read operations'));
    for (const appended of [...open, ...operations().map(({ path }) => path)].map((path) => `${path}x`)) {
      expect([appended, (await bench.ask('GET', appended, { token })).status]).toEqual([appended, 404]);
    }
    expect((await bench.ask('GET', '/x')).status).toBe(404);
  });

  describe('tokens', () => {
    it.each(['none', 'expired', 'of another audience', 'signed by a stranger', 'unreadable'])(
      '%s: every operation answers 401',
      async (kind) => {
        const token = await badToken(kind);
        for (const { operation, method, path } of operations()) {
          const answer = await bench.ask(method, path, { token, ...bodyFor(operation) });
          const reason = kind === 'none' ? 'TokenIsMissing' : 'TokenIsInvalid';
          expect([operation, answer.status, answer.body.reason]).toEqual([operation, 401, reason]);
          expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
        }
      },
    );

    it('of another workspace: every operation answers as if nothing were there, byte for byte', async () => {
      const token = await bench.token({ sub: 'eve', workspace_id: 'hooli', role: 'owner' });
      for (const { operation, method, path: own } of operations().filter(({ path }) => path.includes('/acme/'))) {
        const asked = { token, ...bodyFor(operation) };
        const foreign = await bench.ask(method, own, asked);
        const unknown = await bench.ask(method, own.replace('acme', 'hooli').replace(ownId, unknownId), asked);
        const foreignId = await bench.ask(method, own.replace('acme', 'hooli'), asked);
        expect([operation, foreign.status]).toEqual([operation, 404]);
        if (!own.includes(ownId)) continue; // a list or a creation in one's own workspace is no secret
        const [one, two, three] = [foreign, unknown, foreignId].map(withoutRequestId);
        expect(two).toEqual(one);
        expect(three).toEqual(one);
      }
    });

    const operating = ['ListProjections', 'RebuildProjection', 'GetRebuild', 'CancelRebuild', 'RotateKeys', 'GetKeyRotation'];
    const edits = [
      ...['EditConnection', 'VerifyConnection', 'RotateCredentials', 'RollBackCredentials'],
      ...['DisableConnection', 'EnableConnection', 'RemoveConnection'],
    ];
    it.each<[string, JWTPayload, string[]]>([
      ['a viewer', { sub: 'victor', role: 'viewer' }, ['CreateConnection', 'ReadHistory', ...edits]],
      ['an auditor', { sub: 'olga', role: 'auditor' }, ['CreateConnection', ...edits]],
      ['a member, of what others own', { sub: 'mary', role: 'member' }, ['ReadHistory', ...edits]],
      ['a member, of their own', { sub: 'ada', role: 'member' }, []],
      ['a service that may read', service('connections:read'), ['CreateConnection', 'ReadHistory', ...edits]],
      ['a service that may write', service('connections:read connections:write audit:read'), ['RemoveConnection']],
      ['a service that may do all', service('connections:read connections:write connections:delete audit:read operations'), []],
    ])('of %s: is refused what is not theirs, and nothing else', async (_, claims, refused) => {
      const token = await bench.token(claims);
      const answered: { operation: string; answer: Answer }[] = [];
      for (const [index] of operations().entries()) {
        const { operation, method, path } = operations(await created())[index]!;
        answered.push({ operation, answer: await bench.ask(method, path, { token, ...bodyFor(operation) }) });
      }
      const forbidden = answered.filter(({ answer }) => answer.status === 403);
      const operates = String(claims['scope']).includes('operations');
      expect(forbidden.map(({ operation }) => operation).sort()).toEqual([...refused, ...(operates ? [] : operating)].sort());
      expect(forbidden.every(({ answer }) => answer.body.reason === 'PermissionIsMissing')).toBe(true);
      const others = answered.filter(({ answer }) => answer.status !== 403);
      expect(
        others
          .filter(
            ({ answer }) =>
              answer.status >= 300 &&
              !['NameIsTaken', 'NothingToRollBackTo', 'RebuildDoesNotExist', 'KeyRotationDoesNotExist'].includes(answer.body.reason),
          )
          .map(({ operation }) => operation),
      ).toEqual([]);
    });

    it('of a service: only for the workspaces it names', async () => {
      const token = await bench.token({ ...service('connections:read'), workspaces: ['hooli'] });
      expect((await bench.ask('GET', path, { token })).status).toBe(404);
      expect((await bench.ask('GET', path.replace('acme', 'hooli'), { token })).status).toBe(200);
      expect(
        (await bench.ask('GET', '/v1/workspaces/..%2Facme/connections', { token: await bench.token(service('connections:read')) })).status,
      ).toBe(404);
    });
  });

  describe('a problem', () => {
    const post = (body: string | Uint8Array, headers: Record<string, string>): Promise<Answer> =>
      bench.ask('POST', path, { body, headers });

    it.each<[string, () => Promise<Answer>, number, string]>([
      ['a path that is not there', () => bench.ask('GET', '/v1/nothing'), 404, 'RouteDoesNotExist'],
      ['a method that is not there', () => bench.ask('DELETE', path), 404, 'RouteDoesNotExist'],
      ['JSON that ends too early', () => post('{"credentials":{"apiKey":"canary"', {}), 400, 'BodyIsMalformed'],
      ['an array for a body', () => post('["canary"]', {}), 400, 'BodyIsMalformed'],
      ['an empty body', () => post('', {}), 400, 'BodyIsMalformed'],
      ['a body that changes prototypes', () => post('{"__proto__":{"canary":1}}', {}), 400, 'BodyIsMalformed'],
      [
        'a body that is no JSON',
        () => post('apiKey=canary', { 'content-type': 'application/x-www-form-urlencoded' }),
        415,
        'MediaTypeIsNotSupported',
      ],
      ['a body that is too large', () => post(`"${'canary'.repeat(200_000)}"`, {}), 413, 'BodyIsTooLarge'],
      ['a path that cannot be decoded', () => bench.ask('GET', `${path}/%E0%A4%A`), 400, 'BodyIsMalformed'],
      ['a label that no database keeps', () => post('{"connector":"http","labels":{"a":"canary\\u0000"}}', {}), 400, 'BodyIsMalformed'],
      ['half a character', () => post('{"connector":"http","settings":{"canary\\ud800":""}}', {}), 400, 'BodyIsMalformed'],
      ['a question with NUL in it', () => bench.ask('GET', `${path}?q=%00canary`), 400, 'BodyIsMalformed'],
      ['a position that is none', () => bench.ask('GET', path, { headers: { 'patchbay-min-position': 'canary' } }), 400, 'BodyIsMalformed'],
    ])('document answers %s', async (_, ask, status, reason) => {
      const answer = await ask();
      expect(answer).toMatchObject({ status, body: { status, reason, type: `/problems/${reason}` } });
      schemas.Problem.strict().parse(answer.body);
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(answer.headers.get('x-request-id')).toBe(answer.body.requestId);
      expect(answer.text).not.toContain('canary');
    });

    it('of the log is 503, and says when to come back', async () => {
      store.failsWith = new LogIsUnavailable('down');
      for (const answer of [await bench.ask('GET', `${path}/${ownId}/history`), await bench.ask('POST', `${path}/${ownId}/verify`)]) {
        expect(answer).toMatchObject({ status: 503, body: { reason: 'LogIsUnavailable' } });
        expect(answer.headers.get('retry-after')).toBe('5');
      }
    });

    it('of ours is 500 and tells nothing but the id under which the log has the rest', async () => {
      store.failsWith = Object.assign(new Error('the disk of db-7.internal is full'), { parameters: ['canary'] });
      const answer = await bench.ask('GET', `${path}/${ownId}/history`, { headers: { 'x-request-id': 'trace-500' } });
      expect(answer).toMatchObject({ status: 500, body: { reason: 'PatchbayIsAtFault', requestId: 'trace-500' } });
      expect(answer.text).not.toContain('disk');
      const line = bench.logLines().find(({ correlationId, err }) => correlationId === 'trace-500' && err !== undefined);
      expect(line).toMatchObject({ level: 'error', reason: 'PatchbayIsAtFault', err: { message: 'the disk of db-7.internal is full' } });
    });

    it.each(Object.keys(answers))('%s has a page with its cure', async (reason) => {
      const answer = await bench.ask('GET', `/problems/${reason}`, { token: null });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(answer.text).toContain(reason);
    });
  });

  it('shows first steps, and pages made of the document, with nothing from elsewhere', async () => {
    const first = await bench.ask('GET', '/', { token: null });
    expect(first).toMatchObject({ status: 200, text: expect.stringContaining('https://patchbay.example.com/v1/connectors') });
    const docs = await bench.ask('GET', '/docs', { token: null });
    const assets = [...docs.text.matchAll(/(?:src|href)=["']([^"']+)["']/g)].map(([, asset]) => asset ?? '');
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) {
      const answer = await bench.ask('GET', new URL(asset, `${bench.url}/docs`).href.replace(bench.url, ''), { token: null });
      expect([asset, answer.status]).toEqual([asset, 200]);
    }
    for (const { text, headers } of [first, docs]) {
      expect(text).not.toMatch(/(?:src|href)=["']?(?:https?:)?\/\//);
      expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    }
  });

  it('is healthy, and ready while what it stands on is', async () => {
    expect((await bench.ask('GET', '/healthz', { token: null })).status).toBe(200);
    const { body } = await bench.ask('GET', '/readyz', { token: null });
    expect(body['checks']).toEqual(['database', 'event_log', 'vault'].map((name) => ({ name, up: true })));
  });

  it('writes one line per request and one per command, which name the route, the stream and how it ended', async () => {
    const headers = { 'x-request-id': 'trace-lines' };
    await bench.ask('POST', `${path}/${ownId}/verify`, { headers });
    const lines = bench.logLines().filter(({ correlationId, level }) => correlationId === 'trace-lines' && level === 'info');
    expect(lines).toMatchObject([
      { command: 'VerifyConnection', stream: `connection-${ownId}`, outcome: 'done', durationMs: expect.any(Number) },
      { req: { route: '/v1/workspaces/:ws/connections/:id/verify', params: { ws: 'acme', id: ownId } }, res: { status: 200 } },
    ]);
  });

  function service(scope: string): JWTPayload {
    return { sub: 'engine', workspace_id: undefined, role: undefined, workspaces: '*', scope };
  }

  async function badToken(kind: string): Promise<string | null> {
    const now = Math.floor(Date.now() / 1000);
    if (kind === 'none') return null;
    if (kind === 'expired') return bench.token({ iat: now - 700, exp: now - 100 });
    if (kind === 'of another audience') return bench.token({ aud: 'billing' });
    if (kind === 'unreadable') return 'canary';
    const { privateKey } = await generateKeyPair('EdDSA');
    return bench.sign({ iss: 'https://login.example.com', aud: 'patchbay', sub: 'eve', iat: now, exp: now + 60 }, privateKey);
  }
});

function withoutRequestId({ status, headers, text, body }: Answer): unknown {
  const shown = [...headers].filter(([name]) => !['x-request-id', 'date', 'keep-alive', 'connection'].includes(name));
  return { status, headers: shown, text: text.replace(body.requestId, '…') };
}
