import { EventEmitter, once } from 'node:events';
import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect } from 'node:net';
import { createHttpApp } from './create-http-app';
import { correlationId } from './correlation';
import { createLogger } from './create-logger';
import { Health } from './health';
import { Metrics } from './metrics';

const canary = 'sk_live_canary';
const entered = new EventEmitter();

@Controller('things')
class Things {
  @Get('slow')
  async slow(): Promise<{ done: true }> {
    await new Promise<void>((resolve) => void entered.emit('slow', resolve));
    return { done: true };
  }

  @Get(':id/of/:token')
  read(@Param('id') id: string): { id: string; correlationId: string | undefined } {
    if (id === 'broken') throw Object.assign(new Error('broken'), { response: canary });
    return { id, correlationId: correlationId() };
  }

  @Post()
  async create(@Body() body: unknown): Promise<{ body: unknown; correlationId: string | undefined }> {
    await new Promise((resolve) => setImmediate(resolve));
    return { body, correlationId: correlationId() };
  }
}

@Module({ controllers: [Things] })
class ThingsModule {}

describe('an HTTP application', () => {
  let app: NestFastifyApplication;
  let url: string;
  let log = '';
  let databaseUp = true;
  let metrics: Metrics;

  const lines = (): Record<string, unknown>[] =>
    log
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  beforeEach(async () => {
    log = '';
    metrics = new Metrics('things');
    const health = new Health();
    health.register('postgres', () => (databaseUp ? Promise.resolve(undefined) : Promise.reject(new Error('down'))));
    const logger = createLogger({ process: 'things', destination: { write: (line) => void (log += line) } });
    app = await createHttpApp(ThingsModule, { logger, health, metrics, loggedParams: ['id'] });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterEach(() => app.close());

  const post = (body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}/things`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

  it('takes over the correlation id of a request, keeps it while the body is read, and answers it', async () => {
    const answer = await post(JSON.stringify({ filler: 'x'.repeat(200_000) }), { 'x-request-id': 'trace-7' });
    expect(answer.headers.get('x-request-id')).toBe('trace-7');
    expect(await answer.json()).toMatchObject({ correlationId: 'trace-7' });
    expect(lines()).toMatchObject([{ msg: 'POST /things 201', correlationId: 'trace-7', res: { status: 201 } }]);
  });

  it.each(['', 'two words', 'x'.repeat(129), 'zoë'])('gives a request with the unusable id %j one of its own', async (given) => {
    const { headers } = await app.inject({ url: '/healthz', headers: { 'x-request-id': given } });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it('writes one line per request that shows the route and the parameters named, and no path, query, header or body', async () => {
    await fetch(`${url}/things/42/of/${canary}?key=${canary}`, { headers: { authorization: `Bearer ${canary}` } });
    await post(JSON.stringify({ apiKey: canary }));
    await fetch(`${url}/nowhere/${canary}`);
    expect(lines()).toMatchObject([
      { msg: 'GET /things/:id/of/:token 200', req: { method: 'GET', route: '/things/:id/of/:token', params: { id: '42' } } },
      { msg: 'POST /things 201' },
      { msg: 'GET none 404', req: { route: null } },
    ]);
    expect(log).not.toContain(canary);
  });

  it('logs an error nobody mapped, without what it carries, and answers without its message', async () => {
    const answer = await fetch(`${url}/things/broken/of/x`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('broken');
    expect(log).toContain('"message":"broken"');
    expect(log).not.toContain(canary);
  });

  it.each([
    ['a body over 1 MiB', Buffer.alloc(1024 * 1024 + 1, 0x20), 'application/json', 413],
    ['a body that is not JSON', '{', 'application/json', 400],
    ['a body that poisons prototypes', '{"__proto__": {"admin": true}}', 'application/json', 400],
    ['a form', 'a=1', 'application/x-www-form-urlencoded', 415],
    ['text', 'a', 'text/plain', 415],
  ])('refuses %s', async (_, body, type, status) => {
    expect((await post(body, { 'content-type': type })).status).toBe(status);
  });

  it('sends security headers, and keeps answers out of caches', async () => {
    const { headers } = await fetch(`${url}/things/1/of/2`);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.not.stringContaining('upgrade-insecure-requests'),
    });
  });

  it('says that it turns, and whether it can work', async () => {
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'up' });
    databaseUp = false;
    const answer = await fetch(`${url}/readyz`);
    databaseUp = true;
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'not_ready', checks: [{ name: 'postgres', up: false, detail: 'Error' }] });
  });

  it('cuts a client off that does not finish its headers within five seconds', async () => {
    const started = performance.now();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
    await new Promise((resolve) => socket.resume().once('close', resolve));
    expect(performance.now() - started).toBeGreaterThan(4_000);
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  it('lets a request under way end when it closes, and takes no new one', async () => {
    const underWay = once(entered, 'slow');
    const answer = fetch(`${url}/things/slow`);
    const [release] = (await underWay) as [() => void];
    const closed = app.close();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    release();
    expect(await (await answer).json()).toEqual({ done: true });
    await closed;
  });

  it('counts requests by route on a page of its own port', async () => {
    const page = await metrics.listen('127.0.0.1', 0);
    await fetch(`${url}/things/42/of/${canary}`);
    const text = await (await fetch(`http://127.0.0.1:${page.port}/metrics`)).text();
    expect((await fetch(`http://127.0.0.1:${page.port}/`)).status).toBe(404);
    await page.close();
    expect(text).toContain(
      'patchbay_http_request_duration_seconds_count{process="things",method="GET",route="/things/:id/of/:token",status="200"} 1',
    );
    expect(text).not.toContain(canary);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });
});
