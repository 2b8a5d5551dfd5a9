import { schemas } from '../src/edge/schemas';
import { orders, rightKey, workbench, type Workbench } from './workbench';

const path = '/v1/workspaces/acme/connections';

describe('creating a connection over HTTP', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await workbench();
  });
  afterAll(() => bench.stop());

  it('verifies what was entered and keeps an active connection, with its account and never with the key', async () => {
    const answer = await bench.ask('POST', path, {
      body: orders(bench.sample, { name: '  Orders - production ', labels: { team: 'payments' } }),
    });
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
});
