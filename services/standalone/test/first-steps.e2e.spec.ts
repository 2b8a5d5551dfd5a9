import { Database } from '#postgres';
import { Secret } from '#secret';
import { canary, eventually, leaksBelow, leaksIn, listening, type ListeningServer } from '#testing';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '#postgres';
import { isAlive, pasted, RunningStandalone, token } from './running-standalone';

jest.setTimeout(120_000);

/** What no escaping changes of the keys below. */
const cores = { coreOfRight: randomUUID(), coreOfWrong: randomUUID() };

/** Keys of a service of our own. Nothing that Patchbay prints, logs or keeps may show them, in whatever form. */
const canaries = {
  ...cores,
  rightKey: `${canary('right')}+/${cores.coreOfRight}="\\%&`,
  wrongKey: `${canary('wrong')}+/${cores.coreOfWrong}="\\%&`,
};

const account = { id: 'shop-1', name: 'Orders GmbH' };

/** The example of domain.md, made to a service on this machine. */
const orders = (serviceUrl: string, name: string, apiKey: string) => ({
  connector: 'http',
  name,
  serviceUrl,
  authType: 'api_key',
  settings: { apiKeyIn: 'header', apiKeyName: 'X-Api-Key', verificationPath: '/whoami', accountIdPath: 'id', accountLabelPath: 'name' },
  credentials: { apiKey },
});

describe('the first steps with Patchbay', () => {
  let folder: string;
  let standalone: RunningStandalone;
  let service: ListeningServer;
  let admin: string;
  let printed = '';
  const created: Record<string, unknown>[] = [];
  const connections = '/v1/workspaces/acme/connections';
  const environment = { OUTBOUND_ALLOWED_CIDRS: '127.0.0.0/8', PATCHBAY_LOG_LEVEL: 'trace' };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-e2e-'));
    service = await listening(
      createServer((request, response) => {
        const right = request.url === '/whoami' && request.headers['x-api-key'] === canaries.rightKey;
        // A service that repeats the key it refused, as some do.
        response.writeHead(right ? 200 : 401, { 'content-type': 'application/json' });
        response.end(JSON.stringify(right ? account : { error: `unknown key ${String(request.headers['x-api-key'])}` }));
      }),
    );
    standalone = await RunningStandalone.start(folder, environment);
  });

  afterAll(async () => {
    standalone.process.kill('SIGKILL');
    await standalone.ended;
    await service.stop();
    await rm(folder, { recursive: true });
  });

  it('begin with one line that says where it is, and three commands', () => {
    expect(standalone.output).toMatch(/^Patchbay is ready: http:\/\/127\.0\.0\.1:\d+$/m);
    expect(standalone.commands).toHaveLength(3);
  });

  it('go on by pasting them: a connection that works, the list that shows it, one that does not work and says why', async () => {
    const [create = '', list = '', createWrong = ''] = standalone.commands;
    const first = await pasted(create);
    expect(first.complaint).toBe('');
    const active = JSON.parse(first.output) as Record<string, unknown>;
    expect(active).toMatchObject({ status: 'active', statusReason: null, account: { label: 'Orders, the sample service' } });

    const listed = JSON.parse((await pasted(list)).output) as { items: unknown[] };
    expect(listed.items).toEqual([expect.objectContaining({ id: active['id'], name: active['name'], status: 'active' })]);

    expect(JSON.parse((await pasted(createWrong)).output)).toMatchObject({
      status: 'error',
      statusReason: { code: 'unauthorized', detail: { code: 'service_refused_credentials', httpStatus: 401 }, action: 'enter_credentials' },
    });
  });

  it('show the steps and the documentation without a token, and that everything is up', async () => {
    for (const path of ['/', '/docs', '/openapi.json', '/healthz']) expect((await fetch(`${standalone.url}${path}`)).status).toBe(200);
    expect(await (await fetch(`${standalone.url}/readyz`)).json()).toMatchObject({ status: 'ready' });
    expect((await fetch(`${standalone.url}${connections}`)).status).toBe(401);
  });

  it('show on a port of its own what each service measures, every metric described once', async () => {
    const [, page = ''] = /measures is at (\S+)\.$/m.exec(standalone.output) ?? [];
    const text = await (await fetch(page)).text();
    for (const process of ['connection', 'projections', 'event-store']) expect(text).toContain(`{process="${process}"}`);
    const described = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(described).toEqual([...new Set(described)]);
    expect(leaksIn('metrics', text, canaries)).toEqual([]);
  });

  it('connect a service of one’s own that an admitted range holds, with a token of one’s own', async () => {
    const asked = await token(folder, '--workspace', 'acme', '--role', 'admin');
    expect(asked).toMatchObject({ status: 0, sentence: '' });
    admin = asked.output;
    const url = `http://127.0.0.1:${service.port}`;

    const right = await standalone.call('POST', connections, { token: admin, body: orders(url, 'Orders - production', canaries.rightKey) });
    expect(right.status).toBe(201);
    expect(right.body).toMatchObject({ status: 'active', statusReason: null, account: { id: 'shop-1', label: 'Orders GmbH' } });

    const wrong = await standalone.call('POST', connections, { token: admin, body: orders(url, 'Orders - typo', canaries.wrongKey) });
    expect(wrong.status).toBe(201);
    expect(wrong.body).toMatchObject({ status: 'error', statusReason: { code: 'unauthorized', action: 'enter_credentials' } });
    created.push(right.body, wrong.body);

    const list = await standalone.call('GET', `${connections}?q=Orders%20-`, {
      token: admin,
      headers: { 'patchbay-min-position': wrong.position },
    });
    expect(list.status).toBe(200);
    expect(list.body.items.map(({ name, status }) => [name, status]).sort()).toEqual([
      ['Orders - production', 'active'],
      ['Orders - typo', 'error'],
    ]);
  });

  it('lead nowhere near Patchbay itself, though its addresses lie in the admitted range', async () => {
    const postgres = Number((await readFile(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[3]);
    for (const port of [postgres, new URL(standalone.url).port]) {
      const body = orders(`http://127.0.0.1:${port}`, `Inside ${port}`, 'k');
      expect((await standalone.call('POST', connections, { token: admin, body })).body).toMatchObject({ reason: 'AddressIsNotAllowed' });
    }
  });

  it('are all there after the process was killed and started again, secrets too', async () => {
    const [postgres, sample] = [await standalone.postgresPid(), standalone.samplePort];
    standalone.process.kill('SIGKILL');
    await standalone.ended;
    printed += standalone.output;
    standalone = await RunningStandalone.start(folder, environment);
    expect(standalone.samplePort).toBe(sample);
    if (postgres !== (await standalone.postgresPid())) await eventually(() => !isAlive(postgres ?? 0));

    for (const before of created) {
      const path = `${connections}/${String(before['id'])}`;
      expect((await standalone.call('GET', path, { token: admin })).body).toEqual(before);
      const verified = await standalone.call('POST', `${path}/verify`, { token: admin });
      expect(verified.body).toMatchObject({ id: before['id'], status: before['status'] });
    }
    const list = await standalone.call('GET', connections, { token: admin });
    expect(list.body.items).toHaveLength(4);
  });

  it('end in order: SIGTERM stops everything in less than ten seconds', async () => {
    const postgres = (await standalone.postgresPid()) ?? 0;
    expect(isAlive(postgres)).toBe(true);
    const { end, afterMs } = await standalone.stop();
    expect(end).toBe(0);
    expect(afterMs).toBeLessThan(10_000);
    expect(isAlive(postgres)).toBe(false);
    await eventually(() =>
      fetch(`http://127.0.0.1:${standalone.samplePort}/whoami`).then(
        () => false,
        () => true,
      ),
    );
    await expect(stat(join(folder, 'standalone.lock'))).rejects.toThrow('ENOENT');
    printed += standalone.output;
  });

  it('leave no key behind: not in what was printed or logged, not in any file, not in any row', async () => {
    expect(leaksIn('output', printed, canaries)).toEqual([]);
    expect(await leaksBelow(folder, canaries)).toEqual([]);
    const rows = await allRows(folder);
    expect(rows).toContain('Orders - production'); // the dump is one
    expect(leaksIn('rows', rows, canaries)).toEqual([]);
  });
});

/** Every row of every table as text, as the server shows it to its superuser: unpacked, so that nothing hides in compressed values. */
async function allRows(folder: string): Promise<string> {
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), report: () => undefined });
  const { superuserPassword } = JSON.parse(await readFile(join(folder, 'postgres', 'data', 'launcher.json'), 'utf8')) as {
    superuserPassword: string;
  };
  const url = new URL(postgres.url.reveal());
  Object.assign(url, { username: 'postgres', password: superuserPassword });
  const database = await Database.open({ url: Secret.of(url.href), applicationName: 'spec', poolSize: 1 });
  try {
    const tables = await database.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const rows = await database.query<{ text: string }>(`select t::text as text from ${name} t`);
      texts.push(name, ...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  } finally {
    await database.close();
    await postgres.stop();
  }
}
