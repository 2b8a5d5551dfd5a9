import { canary, eventually } from '#testing';
import { orders, workbench, type Workbench } from './workbench';

const path = '/v1/workspaces/acme/connections';

describe('open work over HTTP', () => {
  let bench: Workbench;

  beforeAll(async () => {
    bench = await workbench();
  });
  afterAll(() => bench.stop());

  it('is answered with the time of the next try, by the command and by every question, until it is done', async () => {
    const { id } = (await bench.ask('POST', path, { body: orders(bench.sample) })).body;
    bench.sample.down = true;
    const asked = Date.now();
    const rotated = await bench.ask('PUT', `${path}/${id}/credentials`, { body: { credentials: { apiKey: canary('next_1') } } });
    expect(rotated.status).toBe(202);
    const { candidate } = rotated.body as unknown as { candidate: { nextTryAt: string } };
    expect(Date.parse(candidate.nextTryAt)).toBeGreaterThan(asked);
    expect(Date.parse(candidate.nextTryAt)).toBeLessThanOrEqual(Date.now() + 20_000);

    const headers = { 'Patchbay-Min-Position': rotated.headers.get('patchbay-position') ?? '' };
    const got = await eventually(async () => {
      const answer = await bench.ask('GET', `${path}/${id}`, { headers });
      return answer.status === 200 && answer;
    });
    expect(got.body['candidate']).toEqual(candidate);
    const listed = await bench.ask('GET', path, { headers });
    expect(listed.body.items.find((item) => item.id === id)?.['candidate']).toEqual(candidate);

    const allowed = () =>
      bench.database.inWorkspace('acme', (tx) => tx.query('select secret_id::text as "secretId" from records.account_changes'));
    expect(await allowed()).toEqual([]);
    const body = { credentials: { apiKey: 'k_next_canary_2' }, allowAccountChange: true };
    const again = (await bench.ask('PUT', `${path}/${id}/credentials`, { body })).body as unknown as { candidate: { secretId: string } };
    expect(await allowed()).toEqual([{ secretId: again.candidate.secretId }]);

    await bench.ask('POST', `${path}/${id}/disable`, {});
    const due = await bench.database.inWorkspace('acme', (tx) => tx.query('select 1 from records.due_work'));
    expect(due).toEqual([]);
  });
});
