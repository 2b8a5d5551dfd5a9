import { ConnectionStreams } from '#custody';
import { newCommandId } from '#event-store';
import { canary, eventually } from '#testing';
import { v7 } from 'uuid';
import { notingOpenWork } from '../src/note-open-work';
import { DueWork } from '../src/records/due-work';
import { systemContext } from '../src/system-context';
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

  it('is answered with the time of the next try where a connection was left pending', async () => {
    const nothing = () => Promise.resolve();
    const heads = { mark: nothing, settle: nothing, unmark: nothing };
    const onChange = notingOpenWork(new DueWork(bench.database, () => new Date()));
    const id = v7();
    const { position } = await new ConnectionStreams({ store: bench.store, heads, onChange }).execute(
      id,
      systemContext(newCommandId(), 'acme'),
      () => [
        {
          type: 'Create',
          workspaceId: 'acme',
          connectorKey: 'date',
          connectorVersion: 1,
          name: 'Left pending',
          authType: 'none',
          settings: {},
          owner: 'ada',
          labels: {},
        },
      ],
    );
    const headers = { 'Patchbay-Min-Position': String(position) };
    const got = (await bench.ask('GET', `${path}/${id}`, { headers })).body;
    const [{ nextTryAt }] = await bench.database.inWorkspace('acme', (tx) =>
      tx.query<[{ nextTryAt: Date }]>('select next_try_at as "nextTryAt" from records.due_work where connection_id = $1', [id]),
    );
    expect(got).toMatchObject({ status: 'pending', statusReason: { code: 'verification_pending', nextTryAt: nextTryAt.toISOString() } });
    const listed = (await bench.ask('GET', `${path}?status=pending`)).body.items;
    expect(listed.map((item) => item['statusReason'])).toEqual([got['statusReason']]);
    const renamed = await bench.ask('PATCH', `${path}/${id}`, { body: { name: 'Still pending' } });
    expect(renamed.body['statusReason']).toEqual(got['statusReason']);
    const verified = await bench.ask('POST', `${path}/${id}/verify`);
    expect(verified.body).toMatchObject({ status: 'active', statusReason: null });
  });
});
