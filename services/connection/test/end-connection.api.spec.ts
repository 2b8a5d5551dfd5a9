import { canary } from '#testing';
import { schemas } from '../src/edge/schemas';
import { eventsOf, orders, rightKey, workbench, type Answer, type Asked, type Workbench } from './workbench';

const path = '/v1/workspaces/acme/connections';
const newKey = canary('new');

describe('switching off and removing over HTTP', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await workbench();
  });
  afterAll(() => bench.stop());
  beforeEach(() => Object.assign(bench.sample, { down: false, acceptedKey: rightKey }));
  afterEach(() => expect(bench.log()).not.toContain('canary'));

  const create = async (changed: Record<string, unknown> = {}): Promise<string> => {
    const { status, body } = await bench.ask('POST', path, { body: orders(bench.sample, changed) });
    expect(status).toBe(201);
    return body.id;
  };
  const ask = (method: string, id: string, rest = '', asked: Asked = {}): Promise<Answer> =>
    bench.ask(method, `${path}/${id}${rest}`, asked);
  const positionOf = ({ headers }: Answer): Asked => ({ headers: { 'patchbay-min-position': headers.get('patchbay-position') ?? 'none' } });
  const typesSince = async (id: string, revision: number): Promise<string[]> =>
    (await eventsOf(bench, `connection-${id}`)).slice(revision).map(({ type }) => type.replace('.v1', ''));
  const secretsOf = async (id: string): Promise<number> =>
    (await bench.database.query('select 1 from vault.secrets where connection_id = $1', [id])).length;
  const waiting = async (id: string): Promise<void> => {
    bench.sample.down = true;
    expect(await ask('PUT', id, '/credentials', { body: { credentials: { apiKey: newKey } } })).toMatchObject({ status: 202 });
    bench.sample.down = false;
  };

  describe('switched off', () => {
    it('keeps its credentials, ends what waits, and is what it was when it is switched on again', async () => {
      const id = await create();
      await waiting(id);
      const off = await ask('POST', id, '/disable', { body: { reason: 'maintenance' } });
      expect(off.status).toBe(200);
      expect(schemas.Connection.strict().parse(off.body)).toMatchObject({
        status: 'disabled',
        statusReason: { code: 'disabled', detail: null, action: 'enable' },
        credential: { version: 1 },
        candidate: null,
      });
      expect(await secretsOf(id)).toBe(1);
      expect(await typesSince(id, 4)).toEqual(['CredentialsRejected', 'ConnectionDisabled']);
      expect((await eventsOf(bench, `connection-${id}`)).at(-1)?.data).toMatchObject({ reason: 'maintenance' });

      const on = await ask('POST', id, '/enable');
      expect(on).toMatchObject({ status: 200, body: { status: 'active', statusReason: null, credential: { version: 1 } } });
      expect((await ask('GET', id, '', positionOf(on))).body).toEqual(on.body);
    });

    it('may be switched off without a reason, and once more without an event', async () => {
      const id = await create();
      expect(await ask('POST', id, '/disable')).toMatchObject({ status: 200, body: { status: 'disabled' } });
      expect(await ask('POST', id, '/disable', { body: {} })).toMatchObject({ status: 200 });
      expect(await typesSince(id, 3)).toEqual(['ConnectionDisabled']);
      expect(await ask('POST', id, '/disable', { body: { reason: 'canary' } })).toMatchObject({
        status: 400,
        body: { errors: [{ pointer: '/reason', reason: 'choice' }] },
      });
    });

    it('has its service called by nobody', async () => {
      const id = await create();
      await ask('POST', id, '/disable');
      const before = bench.sample.calls();
      const answers = [
        await ask('POST', id, '/verify'),
        await ask('PUT', id, '/credentials', { body: { credentials: { apiKey: rightKey } } }),
        await ask('PUT', id, '/credentials', { body: { credentials: { apiKey: rightKey }, dryRun: true } }),
        await ask('POST', id, '/credentials/rollback'),
      ];
      for (const answer of answers) expect(answer).toMatchObject({ status: 409, body: { reason: 'ConnectionIsDisabled' } });
      expect(bench.sample.calls()).toBe(before);
    });
  });

  describe('removed', () => {
    it('leaves nothing but its history', async () => {
      const id = await create({ name: 'Gone' });
      bench.sample.acceptedKey = newKey;
      await ask('PUT', id, '/credentials', { body: { credentials: { apiKey: newKey } } });
      await waiting(id);
      expect(await secretsOf(id)).toBe(3);

      const removed = await ask('DELETE', id, '?reason=replaced');
      expect(removed).toMatchObject({ status: 204, text: '' });
      expect(removed.headers.get('patchbay-position')).toMatch(/^\d+$/);
      expect(await secretsOf(id)).toBe(0);
      expect(await bench.database.query('select 1 from vault.connection_accounts where connection_id = $1', [id])).toEqual([]);
      expect(await typesSince(id, 7)).toEqual(['CredentialsRejected', 'ConnectionRemoved']);
      expect((await eventsOf(bench, `connection-${id}`)).at(-1)?.data).toMatchObject({ reason: 'replaced' });
      const [head] = await bench.database.query(`select settled, marks from vault.vault_heads where connection_id = $1`, [id]);
      expect(head).toMatchObject({ settled: { status: 'removed' }, marks: {} });
      expect(head).not.toHaveProperty('settled.secretId');

      expect(await ask('GET', id, '', positionOf(removed))).toMatchObject({ status: 410, body: { reason: 'ConnectionIsRemoved' } });
      expect((await ask('GET', id, '/history')).body.items[0]).toMatchObject({ type: 'ConnectionRemoved' });
      bench.sample.acceptedKey = rightKey;
      await create({ name: 'Gone' });
    });

    it('is listed only for who asks for what was removed', async () => {
      const id = await create();
      const asked = positionOf(await ask('DELETE', id));
      const ids = async (query: string): Promise<string[]> =>
        (await bench.ask('GET', `${path}${query}`, asked)).body.items.map((item) => item.id);
      expect(await ids('?limit=200')).not.toContain(id);
      expect(await ids('?limit=200&status=removed')).toContain(id);
      expect(await ids('?limit=200&status=active')).not.toContain(id);
    });

    it('can be removed again, and nothing else', async () => {
      const id = await create();
      await ask('DELETE', id);
      const before = await typesSince(id, 0);
      expect(await ask('DELETE', id, '', { headers: { 'if-match': '"1"' } })).toMatchObject({ status: 204 });
      const answers = [
        await ask('PATCH', id, '', { body: { name: 'Again' } }),
        await ask('PUT', id, '/credentials', { body: { credentials: { apiKey: rightKey } } }),
        await ask('POST', id, '/credentials/rollback'),
        await ask('POST', id, '/verify'),
        await ask('POST', id, '/disable'),
        await ask('POST', id, '/enable'),
      ];
      for (const answer of answers) expect(answer).toMatchObject({ status: 410, body: { reason: 'ConnectionIsRemoved' } });
      expect(await typesSince(id, 0)).toEqual(before);
    });

    it('is not there for another workspace', async () => {
      const id = await create();
      await ask('DELETE', id);
      const token = await bench.token({ sub: 'eve', workspace_id: 'hooli', role: 'owner' });
      for (const workspace of ['acme', 'hooli']) {
        const answer = await bench.ask('GET', `${path.replace('acme', workspace)}/${id}`, { token });
        expect(answer).toMatchObject({ status: 404, body: { reason: 'ConnectionDoesNotExist' } });
      }
    });

    it('is removed once for one Idempotency-Key, with the same answer', async () => {
      const id = await create();
      const keyed: Asked = { headers: { 'idempotency-key': 'remove-1' } };
      const first = await ask('DELETE', id, '', keyed);
      const again = await ask('DELETE', id, '', keyed);
      expect([again.status, again.headers.get('patchbay-position')]).toEqual([204, first.headers.get('patchbay-position')]);
    });

    it('may be forced only by who may', async () => {
      const id = await create();
      const member = { token: await bench.token({ sub: 'ada', role: 'member' }) };
      expect(await ask('DELETE', id, '?force=true', member)).toMatchObject({ status: 403, body: { reason: 'PermissionIsMissing' } });
      expect(await ask('DELETE', id, '?force=false', member)).toMatchObject({ status: 204 });
      expect(await ask('DELETE', await create(), '?force=true')).toMatchObject({ status: 204 });
    });

    it.each(['reason=abandoned', 'reason=canary', 'force=canary', 'colour=canary'])('refuses %s', async (query) => {
      const answer = await ask('DELETE', await create(), `?${query}`);
      expect(answer).toMatchObject({ status: 400, body: { reason: 'BodyIsMalformed' } });
      expect(answer.text).not.toContain('canary');
    });
  });
});
