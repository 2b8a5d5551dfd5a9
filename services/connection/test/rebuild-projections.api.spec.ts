import { eventually } from '#testing';
import { schemas } from '../src/edge/schemas';
import { workbench, type Workbench } from './workbench';

const path = '/v1/admin/projections';
const unknownId = '0199a1d2-6f4e-7c39-b1a5-3f1d2c7e9a10';

describe('rebuilding a projection over HTTP', () => {
  let bench: Workbench;
  let token: string;
  beforeAll(async () => {
    bench = await workbench();
    token = await bench.token({
      workspace_id: undefined,
      role: undefined,
      sub: 'ops',
      client_id: 'ops',
      scope: 'operations',
      workspaces: '*',
    });
    await eventually(async () => expect((await listed('connectors'))?.['version']).toBe(1));
  });
  afterAll(() => bench.stop());

  it('is asked for and answered with where to look', async () => {
    const asked = await bench.ask('POST', `${path}/connectors/rebuilds`, { token });
    expect(asked).toMatchObject({
      status: 202,
      body: { projection: 'connectors', kind: 'rebuild', version: 1, state: 'asked', askedBy: 'ops', startedAt: null, error: null },
    });
    schemas.Rebuild.strict().parse(asked.body);
    expect(asked.headers.get('location')).toBe(`${path}/connectors/rebuilds/${asked.body.id}`);

    const looked = await bench.ask('GET', `${path}/connectors/rebuilds/${asked.body.id}`, { token });
    expect(looked).toMatchObject({ status: 200, body: asked.body });
    expect((await listed('connectors'))?.['rebuild']).toEqual(asked.body);
    expect(await bench.ask('POST', `${path}/connectors/rebuilds`, { token })).toMatchObject({
      status: 409,
      body: { reason: 'ProjectionIsBeingRebuilt' },
    });

    const cancelled = await bench.ask('DELETE', `${path}/connectors/rebuilds/${asked.body.id}`, { token });
    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect(await bench.ask('DELETE', `${path}/connectors/rebuilds/${asked.body.id}`, { token })).toMatchObject({
      status: 409,
      body: { reason: 'RebuildHasEnded' },
    });
  });

  it('can be for another version than the one that is shown', async () => {
    const asked = await bench.ask('POST', `${path}/connection-names/rebuilds`, { token, body: { version: 2 } });
    expect(asked).toMatchObject({ status: 202, body: { version: 2, state: 'asked' } });
  });

  it.each<[string, string, string, unknown, number, string]>([
    ['a projection that is not there', 'POST', '/colours/rebuilds', {}, 404, 'ProjectionDoesNotExist'],
    ['a way back that there is none of', 'POST', '/audit-entries/rebuilds', { kind: 'roll-back' }, 409, 'NoEarlierTablesAreKept'],
    ['a kind that there is not', 'POST', '/audit-entries/rebuilds', { kind: 'again' }, 400, 'BodyIsMalformed'],
    ['a version that is none', 'POST', '/audit-entries/rebuilds', { version: 1.5 }, 400, 'BodyIsMalformed'],
    ['a rebuild of no id', 'GET', '/connectors/rebuilds/first', undefined, 404, 'RebuildDoesNotExist'],
    ['a rebuild that never was', 'GET', `/connectors/rebuilds/${unknownId}`, undefined, 404, 'RebuildDoesNotExist'],
    ['to cancel what never was', 'DELETE', `/connectors/rebuilds/${unknownId}`, undefined, 404, 'RebuildDoesNotExist'],
  ])('refuses %s', async (_, method, place, body, status, reason) => {
    const answer = await bench.ask(method, path + place, { token, body });
    expect(answer).toMatchObject({ status, body: { status, reason } });
    schemas.Problem.strict().parse(answer.body);
  });

  it('is for no person, whatever their role', async () => {
    const answer = await bench.ask('POST', `${path}/connectors/rebuilds`, { token: await bench.token({ role: 'owner' }) });
    expect(answer).toMatchObject({ status: 403, body: { reason: 'PermissionIsMissing' } });
  });

  async function listed(name: string) {
    const { body } = await bench.ask('GET', path, { token });
    schemas.ProjectionList.strict().parse(body);
    return body.items.find((projection) => projection.name === name);
  }
});
