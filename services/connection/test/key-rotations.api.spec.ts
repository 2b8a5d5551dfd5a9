import { eventually } from '#testing';
import { schemas } from '../src/edge/schemas';
import { orders, workbench, type Workbench } from './workbench';

const path = '/v1/admin/key-rotations';
const unknownId = '0199a1d2-6f4e-7c39-b1a5-3f1d2c7e9a10';

describe('changing keys over HTTP', () => {
  let bench: Workbench;
  let token: string;
  beforeAll(async () => {
    bench = await workbench({ works: true });
    token = await bench.token({
      workspace_id: undefined,
      role: undefined,
      sub: 'ops',
      client_id: 'ops',
      scope: 'operations',
      workspaces: '*',
    });
  });
  afterAll(() => bench.stop());

  const finished = async (id: string): Promise<void> =>
    eventually(async () => expect((await bench.ask('GET', `${path}/${id}`, { token })).body).toMatchObject({ state: 'finished' }));

  it.each([
    ['of one workspace', { workspaceId: 'acme' }, { level: 'workspace', workspaceId: 'acme', mode: 'rewrap' }],
    ['of every workspace, encrypted anew', { mode: 'reencrypt' }, { level: 'workspace', workspaceId: null, mode: 'reencrypt' }],
    ['of the root', { level: 'root' }, { level: 'root', workspaceId: null, mode: 'rewrap' }],
  ])('%s: is asked for, followed, and leaves every connection at work', async (_, body, expected) => {
    const { body: connection } = await bench.ask('POST', '/v1/workspaces/acme/connections', { body: orders(bench.sample) });
    const asked = await bench.ask('POST', path, { token, body });
    expect(asked).toMatchObject({ status: 202, body: { ...expected, reason: 'asked', askedBy: 'ops' } });
    schemas.KeyRotation.strict().parse(asked.body);
    expect(asked.headers.get('location')).toBe(`${path}/${asked.body.id}`);

    await finished(asked.body.id);
    const { progress } = (await bench.ask('GET', `${path}/${asked.body.id}`, { token })).body as unknown as {
      progress: Record<string, number>;
    };
    expect(progress).toMatchObject({ done: progress['total'], left: expected.level === 'root' ? null : 0 });
    const verified = await bench.ask('POST', `/v1/workspaces/acme/connections/${connection.id}/verify`);
    expect(verified).toMatchObject({ status: 200, body: { status: 'active' } });
  });

  it.each<[string, object]>([
    ['a root of one workspace', { level: 'root', workspaceId: 'acme' }],
    ['a root that encrypts', { level: 'root', mode: 'reencrypt' }],
    ['a level that there is not', { level: 'secret' }],
    ['a workspace that there cannot be', { workspaceId: '../acme' }],
    ['what it does not know', { force: true }],
  ])('refuses %s', async (_, body) => {
    expect(await bench.ask('POST', path, { token, body })).toMatchObject({ status: 400, body: { reason: 'BodyIsMalformed' } });
  });

  it.each([unknownId, 'first'])('knows no rotation %s', async (id) => {
    expect(await bench.ask('GET', `${path}/${id}`, { token })).toMatchObject({ status: 404, body: { reason: 'KeyRotationDoesNotExist' } });
  });
});
