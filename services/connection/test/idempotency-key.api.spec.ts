import { InMemoryEventStore, type AppendResult, type EventStore } from '#event-store';
import { rows } from '#postgres';
import { canary, eventually } from '#testing';
import {
  eventsOf,
  orders,
  rightKey,
  workbench,
  wrongKey,
  type AnotherProcess,
  type Answer,
  type Ask,
  type Asked,
  type Workbench,
} from './workbench';

const path = '/v1/workspaces/acme/connections';

/** A view of the log in which appends happen as `append` says. */
function viewOf(
  store: InMemoryEventStore,
  append: (stream: string, really: () => Promise<AppendResult>) => Promise<AppendResult>,
): EventStore {
  return new Proxy<EventStore>(store, {
    get: (_, name) => {
      if (name === 'append') return (...asked: Parameters<EventStore['append']>) => append(asked[0], () => store.append(...asked));
      const member: unknown = Reflect.get(store, name);
      return typeof member === 'function' ? (member.bind(store) as unknown) : member;
    },
  });
}

const newKey = canary('new_5be04a');

const never = (): Promise<never> => new Promise(() => undefined);

describe('an Idempotency-Key', () => {
  const store = new InMemoryEventStore();
  let bench: Workbench;
  beforeAll(async () => {
    bench = await workbench({ store });
  });
  afterAll(() => bench.stop());
  afterEach(() => {
    Object.assign(bench.sample, { down: false, acceptedKey: rightKey });
    expect(bench.log()).not.toContain('canary');
  });

  let numbered = 0;
  const newName = (): string => `Orders ${++numbered}`;
  const keyed = (key: string, body?: unknown): Asked => ({ headers: { 'idempotency-key': key }, body });
  const create = (name: string, key: string, ask: Ask = bench.ask): Promise<Answer> =>
    ask('POST', path, keyed(key, orders(bench.sample, { name })));
  const created = async (): Promise<string> => (await create(newName(), `key-${numbered}`)).body.id;
  const typesOf = async (id: string): Promise<string[]> => (await eventsOf(bench, `connection-${id}`)).map(({ type }) => type);
  const connectionsNamed = async (name: string): Promise<number> => {
    const last = await bench.ask('POST', path, { body: { connector: 'date' } });
    const headers = { 'patchbay-min-position': last.headers.get('patchbay-position') ?? '' };
    return (await bench.ask('GET', `${path}?name=${encodeURIComponent(name)}`, { headers })).body.items.length;
  };
  const endLeases = (): Promise<unknown> =>
    bench.database.inWorkspace('acme', (tx) => rows(tx, `update records.idempotency_keys set lease_until = now() where state = 'running'`));
  const toldOf = ({ status, text, headers }: Answer): unknown => [
    status,
    text,
    ...['etag', 'location', 'patchbay-position', 'content-type'].map((name) => headers.get(name)),
  ];

  it('makes a repeated request one command, answered the same byte for byte whatever has happened since', async () => {
    const name = newName();
    const first = await create(name, 'once');
    expect(first).toMatchObject({ status: 201, body: { name, status: 'active' } });
    const { id } = first.body;
    const calls = bench.sample.calls();
    await bench.ask('PATCH', `${path}/${id}`, { body: { name: newName() } });
    const again = await create(name, 'once');
    expect(toldOf(again)).toEqual(toldOf(first));
    expect(again.headers.get('location')).toBe(`${path}/${id}`);
    expect(bench.sample.calls()).toBe(calls);
    expect(await typesOf(id)).toHaveLength(4);
  });

  it('is the same for the same request, however its JSON is written', async () => {
    const first = await bench.ask('POST', path, keyed('written', '{"connector":"date","name":"Written","labels":{"a":"1","b":"2"}}'));
    const again = await bench.ask(
      'POST',
      path,
      keyed('written', ' { "labels": {"b":"2","a":"\\u0031"}, "name":"Written","connector":"date" }'),
    );
    expect(toldOf(again)).toEqual(toldOf(first));
  });

  it('is refused for another request: other words, or the same about another connection', async () => {
    const [one, two] = [await created(), await created()];
    const verify = (id: string): Promise<Answer> => bench.ask('POST', `${path}/${id}/verify`, keyed('verify'));
    expect((await verify(one)).status).toBe(200);
    const reused = { status: 422, body: { reason: 'KeyWasUsedForAnotherRequest' } };
    expect(await verify(two)).toMatchObject(reused);
    expect(await typesOf(two)).toHaveLength(3);
    const rename = (name: string): Promise<Answer> => bench.ask('PATCH', `${path}/${one}`, keyed('rename', { name }));
    const name = newName();
    expect((await rename(name)).status).toBe(200);
    expect(await rename(newName())).toMatchObject(reused);
    expect((await rename(name)).status).toBe(200);
  });

  it('means nothing to another operation and to another principal', async () => {
    const id = await created();
    const answer = await bench.ask('POST', `${path}/${id}/verify`, keyed('shared'));
    const renamed = await bench.ask('PATCH', `${path}/${id}`, keyed('shared', { name: newName() }));
    const token = await bench.token({ sub: 'grace' });
    const hers = await bench.ask('POST', `${path}/${id}/verify`, { ...keyed('shared'), token });
    expect([answer, renamed, hers].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await typesOf(id)).toHaveLength(6);
  });

  it.each([
    ['nothing', ''],
    ['two words', 'two words'],
    ['what is not ASCII', Buffer.from('schlüssel', 'utf8').toString('latin1')],
    ['256 characters', 'k'.repeat(256)],
    ['several', 'one, two'],
  ])('is not %s', async (_, key) => {
    const answer = await bench.ask('POST', path, keyed(key, orders(bench.sample)));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/headers/idempotency-key', reason: 'pattern' }] } });
  });

  it('has 1 to 255 visible characters, quoted or not', async () => {
    for (const key of ['!', '"8e03978e-40d5-43e8-bc93-6894a57f9324"', '~'.repeat(255)]) {
      expect((await create(newName(), key)).status).toBe(201);
    }
  });

  it('does not keep a refusal: the same request is decided anew', async () => {
    const name = newName();
    const taken = await create(name, 'holder');
    const refused = await create(name, 'later');
    expect(refused).toMatchObject({ status: 409, body: { reason: 'NameIsTaken' } });
    await bench.ask('PATCH', `${path}/${taken.body.id}`, { body: { name: newName() } });
    expect(await create(name, 'later')).toMatchObject({ status: 201, body: { name } });
    expect(await bench.ask('POST', path, keyed('later', orders(bench.sample, { name: newName() })))).toMatchObject({ status: 422 });
  });

  it('answers a request that was based on what has changed, once it is based on what is', async () => {
    const { body, headers } = await create(newName(), 'based');
    const rename = (etag: string): Promise<Answer> =>
      bench.ask('PATCH', `${path}/${body.id}`, {
        body: { name: `${body.name}!` },
        headers: { 'if-match': etag, 'idempotency-key': 'based' },
      });
    expect(await rename('"0"')).toMatchObject({ status: 412, body: { reason: 'ConnectionChangedMeanwhile' } });
    const etag = headers.get('etag') ?? '';
    const renamed = await rename(etag);
    expect(renamed.status).toBe(200);
    expect(toldOf(await rename(etag))).toEqual(toldOf(renamed)); // RFC 9110, section 13.1.1: it has happened already
  });

  it('refuses what JSON can say and nobody can compare', async () => {
    const body = `{"connector":"http","settings":{"a":1e999}}`;
    expect(await bench.ask('POST', path, keyed('infinite', body))).toMatchObject({ status: 400, body: { reason: 'BodyIsMalformed' } });
    const nested = `{"connector":"http","settings":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    expect(await bench.ask('POST', path, keyed('nested', nested))).toMatchObject({ status: 400, body: { reason: 'BodyIsMalformed' } });
  });

  it('makes one command of 64 requests at once, to two processes', async () => {
    const other = await bench.another();
    const name = newName();
    const calls = bench.sample.calls();
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => create(name, 'crowd', index % 2 === 0 ? bench.ask : other.ask)),
    );
    await other.stop();
    const done = answers.filter(({ status }) => status === 201);
    const waiting = answers.filter(({ status }) => status === 409);
    expect(done.length).toBeGreaterThan(0);
    expect(done.length + waiting.length).toBe(64);
    expect(new Set(waiting.map(({ body }) => body.reason))).toEqual(waiting.length > 0 ? new Set(['RequestIsStillRunning']) : new Set());
    for (const { headers } of waiting) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    const again = await create(name, 'crowd');
    expect(new Set([...done, again].map((answer) => JSON.stringify(toldOf(answer)))).size).toBe(1);
    expect(bench.sample.calls() - calls).toBe(1);
    expect(await typesOf(again.body.id)).toHaveLength(3);
    expect(await connectionsNamed(name)).toBe(1);
  });

  it('finds what was done for a caller whose connection was cut', async () => {
    const name = newName();
    const calls = bench.sample.calls();
    const connection = new AbortController();
    const hungUp = Promise.withResolvers<undefined>();
    const slow = await bench.another(
      viewOf(store, async (_, really) => {
        connection.abort();
        await hungUp.promise;
        return really();
      }),
    );
    const unheard = slow.ask('POST', path, { ...keyed('cut', orders(bench.sample, { name })), signal: connection.signal });
    await expect(unheard).rejects.toThrow('abort');
    hungUp.resolve(undefined);
    const answer = await eventually(async () => {
      const answer = await create(name, 'cut');
      expect(answer.status).toBe(201);
      return answer;
    });
    await slow.stop();
    expect(bench.sample.calls() - calls).toBe(1);
    expect(await typesOf(answer.body.id)).toHaveLength(3);
  });

  /** Asks a process that dies at the given moment of the append to the given streams, and proves that nobody gets through until its lease is over. */
  const dying = async (
    streams: string,
    moment: 'before' | 'after',
    ask: (ask: Ask, signal?: AbortSignal) => Promise<Answer>,
  ): Promise<void> => {
    const dead = new AbortController();
    const view = viewOf(store, async (stream, really) => {
      if (dead.signal.aborted) return never();
      if (!stream.startsWith(streams)) return really();
      if (moment === 'after') await really();
      dead.abort();
      return never();
    });
    const process = await bench.another(view);
    await expect(ask(process.ask, dead.signal)).rejects.toThrow('abort');
    await process.stop();
    const early = await ask(bench.ask);
    expect(early).toMatchObject({ status: 409, body: { reason: 'RequestIsStillRunning' } });
    expect(early.headers.get('retry-after')).toBe('5');
    await endLeases();
  };

  it.each([
    ['before its name was reserved', 'name-', 'before', 1],
    ['after its name was reserved', 'name-', 'after', 1],
    ['before it was appended', 'connection-', 'before', 2],
    ['after it was appended', 'connection-', 'after', 1],
  ] as const)('finishes a creation whose process died %s', async (when, streams, moment, calls) => {
    const name = newName();
    const before = bench.sample.calls();
    const ask = (by: Ask, signal?: AbortSignal): Promise<Answer> =>
      by('POST', path, { ...keyed(`dies ${when}`.replaceAll(' ', '-'), orders(bench.sample, { name })), ...(signal && { signal }) });
    await dying(streams, moment, ask);

    const answer = await ask(bench.ask);
    expect(answer).toMatchObject({ status: 201, body: { name, status: 'active', revision: 2 } });
    expect(toldOf(await ask(bench.ask))).toEqual(toldOf(answer));
    expect(bench.sample.calls() - before).toBe(calls);
    expect(await typesOf(answer.body.id)).toEqual(['ConnectionCreated.v1', 'CredentialsProvided.v1', 'ConnectionVerified.v1']);
    expect(await connectionsNamed(name)).toBe(1);
    const sealed = await bench.database.query('select 1 from vault.secrets where connection_id = $1', [answer.body.id]);
    expect(sealed).toHaveLength(1);
  });

  it('finishes a creation without a name under the name that the dead process reserved', async () => {
    const date = { connector: 'date' };
    const before = await bench.ask('POST', path, { body: date });
    await dying('name-', 'after', (ask, signal) => ask('POST', path, { ...keyed('unnamed', date), ...(signal && { signal }) }));
    const answer = await bench.ask('POST', path, keyed('unnamed', date));
    const number = (name: string): number => Number(/ (\d+)$/.exec(name)?.[1] ?? 1);
    expect(number(answer.body.name)).toBe(number(before.body.name) + 1);
  });

  it('finishes a renaming whose process died after it was appended: the old name is free', async () => {
    const { body } = await create(newName(), 'renamed');
    const name = newName();
    const ask = (by: Ask, signal?: AbortSignal): Promise<Answer> =>
      by('PATCH', `${path}/${body.id}`, { ...keyed('rename-dies', { name }), ...(signal && { signal }) });
    await dying('connection-', 'after', ask);
    expect(await ask(bench.ask)).toMatchObject({ status: 200, body: { name, revision: 3 } });
    expect(await typesOf(body.id)).toHaveLength(4);
    expect((await create(body.name, 'free-again')).status).toBe(201);
  });

  it('repeats the answer of every command, whatever has become of the connection', async () => {
    const { body } = await create(newName(), 'life');
    const one = `${path}/${body.id}`;
    const lives: readonly (readonly [method: string, path: string, body?: unknown])[] = [
      ['PATCH', one, { name: newName(), labels: { team: 'payments' } }],
      ['PUT', `${one}/credentials`, { credentials: { apiKey: newKey } }],
      ['POST', `${one}/credentials/rollback`],
      ['POST', `${one}/verify`],
      ['POST', `${one}/disable`, { reason: 'maintenance' }],
      ['POST', `${one}/enable`],
      ['DELETE', one],
    ];
    const ask = (index: number): Promise<Answer> => {
      const [method, where, what] = lives[index] ?? ['GET', one];
      bench.sample.acceptedKey = index === 1 ? newKey : rightKey;
      return bench.ask(method, where, keyed('life', what));
    };
    const told: unknown[] = [];
    for (const index of lives.keys()) {
      const answer = await ask(index);
      expect([index, answer.status]).toEqual([index, index === lives.length - 1 ? 204 : 200]);
      told.push(toldOf(answer));
    }
    const [types, calls] = [await typesOf(body.id), bench.sample.calls()];
    for (const index of lives.keys()) expect(toldOf(await ask(index))).toEqual(told[index]);
    expect(await typesOf(body.id)).toEqual(types);
    expect(bench.sample.calls()).toBe(calls);
  });

  it('is taken by every operation that changes something', async () => {
    const { paths } = (await bench.ask('GET', '/openapi.json', { token: null })).body as unknown as {
      paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string }[] }>>;
    };
    const commands = Object.values(paths).flatMap((methods) => Object.entries(methods).filter(([method]) => method !== 'get'));
    expect(commands.length).toBeGreaterThan(0);
    for (const [, { operationId, parameters }] of commands) {
      const headers = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
      expect([operationId, headers]).toEqual([operationId, expect.arrayContaining(['Idempotency-Key'])]);
    }
  });

  it('answers from the stream what is on record of a rotation that the service refused, and asks nobody again', async () => {
    const id = await created();
    const rotate = (key: string, apiKey: string): Promise<Answer> =>
      bench.ask('PUT', `${path}/${id}/credentials`, keyed(key, { credentials: { apiKey } }));
    const refused = await rotate('rotate', wrongKey);
    expect(refused).toMatchObject({ status: 422, body: { reason: 'CredentialsWereRefused' } });
    const [types, calls] = [await typesOf(id), bench.sample.calls()];
    const again = await rotate('rotate', wrongKey);
    expect({ ...again.body, requestId: '' }).toEqual({ ...refused.body, requestId: '' });
    expect([await typesOf(id), bench.sample.calls()]).toEqual([types, calls]);
    bench.sample.acceptedKey = newKey;
    expect(await rotate('rotate', newKey)).toMatchObject({ status: 422, body: { reason: 'KeyWasUsedForAnotherRequest' } });
    expect(await rotate('rotate-again', newKey)).toMatchObject({ status: 200, body: { credential: { version: 2 } } });
  });

  it.each([
    ['took', newKey, 200, 'CredentialsRotated.v1', 2],
    ['refused', wrongKey, 422, 'CredentialsRejected.v1', 1],
  ])('finishes a rotation that the service %s and whose process died after it was appended', async (_, apiKey, status, last, kept) => {
    const id = await created();
    bench.sample.acceptedKey = apiKey === newKey ? newKey : rightKey;
    const ask = (by: Ask, signal?: AbortSignal): Promise<Answer> =>
      by('PUT', `${path}/${id}/credentials`, { ...keyed(`rotation-${status}`, { credentials: { apiKey } }), ...(signal && { signal }) });
    await dying('connection-', 'after', ask);
    const [types, calls] = [await typesOf(id), bench.sample.calls()];
    expect(types.at(-1)).toBe(last);
    const answer = await ask(bench.ask);
    expect(answer.status).toBe(status);
    expect((await ask(bench.ask)).status).toBe(status);
    expect([await typesOf(id), bench.sample.calls()]).toEqual([types, calls]);
    expect(await bench.database.query('select 1 from vault.secrets where connection_id = $1', [id])).toHaveLength(kept);
  });

  it('keeps no word of what was entered, and of what was answered nothing that the vault has not sealed', async () => {
    await create(newName(), 'canary');
    await bench.ask('POST', path, keyed('canary-refused', orders(bench.sample, { name: newName(), credentials: { apiKey: wrongKey } })));
    const texts = await bench.database.inWorkspace('acme', (tx) =>
      rows<{ text: string }>(
        tx,
        'select row::text as text from records.idempotency_keys as row union all select row::text from vault.secrets as row',
      ),
    );
    const dump = texts.map(({ text }) => text).join('\n');
    expect(dump).toContain('canary-refused');
    for (const secret of [rightKey, wrongKey]) {
      for (const encoding of ['utf8', 'utf16le'] as const) {
        const bytes = Buffer.from(secret, encoding);
        for (const text of [secret, bytes.toString('hex'), bytes.toString('base64').slice(0, -4), bytes.toString('base64url').slice(0, -4)])
          expect(dump).not.toContain(text);
      }
    }
  });
});

describe('changes of one connection by two processes at once', () => {
  let bench: Workbench;
  let other: AnotherProcess;
  beforeAll(async () => {
    bench = await workbench();
    other = await bench.another();
  });
  afterAll(async () => {
    await other.stop();
    await bench.stop();
  });

  it('of its name: 64 all end in success or ConnectionChangedMeanwhile, and every success is an event', async () => {
    const { body } = await bench.ask('POST', path, { body: { connector: 'date', name: 'One' } });
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        (index % 2 === 0 ? bench : other).ask('PATCH', `${path}/${body.id}`, { body: { name: `One of ${index}` } }),
      ),
    );
    const renamed = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(renamed.length).toBeGreaterThan(0);
    for (const answer of refused) expect(answer).toMatchObject({ status: 409, body: { reason: 'ConnectionChangedMeanwhile' } });
    const events = (await eventsOf(bench, `connection-${body.id}`)).filter(({ type }) => type === 'ConnectionRenamed.v1');
    expect(events.map(({ data }) => (data as { to: string }).to).sort()).toEqual(renamed.map(({ body }) => body.name).sort());
  });

  it('each as the connection was seen (If-Match): one succeeds, the others are refused with 412', async () => {
    for (let round = 0; round < 15; round++) {
      const created = await bench.ask('POST', path, { body: { connector: 'date', name: `Seen ${round}` } });
      const one = `${path}/${created.body.id}`;
      const headers = { 'if-match': created.headers.get('etag') ?? '' };
      const answers = await Promise.all([
        bench.ask('PATCH', one, { body: { name: `Seen again ${round}` }, headers }),
        other.ask('PATCH', one, { body: { labels: { seen: 'again' } }, headers }),
        bench.ask('POST', `${one}/disable`, { headers }),
        other.ask('POST', `${one}/disable`, { headers }),
        bench.ask('DELETE', one, { headers }),
      ]);
      expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 412)).toHaveLength(4);
      expect(await eventsOf(bench, `connection-${created.body.id}`)).toHaveLength(3);
    }
  });

  it.each([
    ['PATCH', '', { name: 'Never' }],
    ['PUT', '/credentials', { credentials: {} }],
    ['POST', '/credentials/rollback', undefined],
    ['POST', '/disable', undefined],
    ['POST', '/enable', undefined],
    ['DELETE', '', undefined],
  ])('is refused with 412 before anything happens, where %s%s names an ETag that it has no more', async (method, where, body) => {
    const created = await bench.ask('POST', path, { body: { connector: 'date' } });
    const one = `${path}/${created.body.id}`;
    const before = created.headers.get('etag') ?? '';
    const { headers } = await bench.ask('PATCH', one, { body: { labels: { seen: 'later' } } });
    const events = await eventsOf(bench, `connection-${created.body.id}`);
    for (const etag of [before, `W/${headers.get('etag') ?? ''}`, `${before}, "no"`]) {
      const answer = await bench.ask(method, `${one}${where}`, { ...(body && { body }), headers: { 'if-match': etag } });
      expect(answer).toMatchObject({ status: 412, body: { reason: 'ConnectionChangedMeanwhile' } });
    }
    expect(await eventsOf(bench, `connection-${created.body.id}`)).toEqual(events);
    const either = `${before}, ${headers.get('etag') ?? ''}`;
    const answer = await bench.ask(method, `${one}${where}`, { ...(body && { body }), headers: { 'if-match': either } });
    expect(answer.status).not.toBe(412);
  });
});
