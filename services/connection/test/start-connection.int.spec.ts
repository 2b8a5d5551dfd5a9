import { createServer } from 'node:http';
import type { RunningService } from '#runtime';
import { eventually, listening, testDatabase } from '#testing';
import type { ConnectionConfig } from '../src/config';
import { startableConnection, type StartableConnection } from './startable-connection';

const path = '/v1/workspaces/acme/connections';

describe('the connection service on the real event store', () => {
  let surroundings: StartableConnection;
  beforeAll(async () => (surroundings = await startableConnection()));
  afterAll(() => surroundings.drop());

  const start = (changed: Partial<ConnectionConfig> = {}): Promise<RunningService> => surroundings.start(changed);
  const running = async (work: (url: string) => Promise<void>): Promise<void> => {
    const service = await start();
    try {
      await work(service.addresses['http'] ?? '');
    } finally {
      await service.stop();
    }
  };
  const ask = (url: string, body?: object) => surroundings.ask(body ? 'POST' : 'GET', url, { body });

  it('shows after a restart, from the log, what was created before it', async () => {
    let created: Record<string, unknown> = {};
    await running(async (url) => {
      const answer = await ask(`${url}${path}`, { connector: 'date', name: 'Kept' });
      expect(answer).toMatchObject({ status: 201, body: { status: 'active' } });
      created = answer.body;
    });
    await running(async (url) => {
      expect(await ask(`${url}${path}/${String(created['id'])}`)).toEqual({ status: 200, body: created });
      expect(await ask(`${url}${path}`, { connector: 'date', name: 'KEPT' })).toMatchObject({
        status: 409,
        body: { reason: 'NameIsTaken' },
      });
    });
  });

  it('keeps connections from leading to its own database and log, whatever range is allowed', async () => {
    await running(async (url) => {
      const database = new URL(surroundings.config.databaseUrl.reveal().replace('postgres', 'http')).port;
      for (const port of [database, surroundings.eventStore.port]) {
        const answer = await ask(`${url}${path}`, { connector: 'http', authType: 'none', serviceUrl: `http://127.0.0.1:${port}` });
        expect(answer).toMatchObject({ status: 422, body: { reason: 'AddressIsNotAllowed' } });
      }
    });
  });

  it('finishes what was begun, and says on a port of its own how that goes', async () => {
    const service = await start({ metricsPort: 0 });
    try {
      const page = service.addresses['metrics'] ?? '';
      const text = await eventually(async () => {
        const answered = await (await fetch(page)).text();
        return answered.includes('patchbay_due_work_open{') && answered;
      });
      expect(text).toMatch(/patchbay_worker_active\{[^}]*\} 1/);
    } finally {
      await service.stop();
    }
  });

  it('says in one sentence what keeps it from starting', async () => {
    const empty = await testDatabase();
    const taken = await listening(createServer());
    await expect(start({ databaseUrl: empty.urlFor('patchbay_connection') })).rejects.toMatchObject({
      name: 'CannotStart',
      message: expect.stringContaining('npm run migrate'),
    });
    await expect(start({ outboundAllowedCidrs: ['10.0.0.0'] })).rejects.toMatchObject({ name: 'CannotStart' });
    await expect(start({ httpPort: taken.port })).rejects.toMatchObject({
      name: 'CannotStart',
      message: expect.stringContaining(`The port ${taken.port} on 127.0.0.1 is taken`),
    });
    await expect(start({ metricsPort: taken.port })).rejects.toMatchObject({
      name: 'CannotStart',
      message: expect.stringContaining('CONNECTION_METRICS_PORT'),
    });
    await taken.stop();
    await empty.drop();
  });
});
