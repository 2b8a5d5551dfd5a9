import { Database, readOrCreateRolePasswords, roleUrl, rows, startEmbeddedPostgres } from '#postgres';
import { canary, eventually, leaksBelow, listening, type ListeningServer } from '#testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningStandalone, token, type Answer } from './running-standalone';

jest.setTimeout(120_000);

const connections = '/v1/workspaces/acme/connections';

describe('a request with an Idempotency-Key whose process is killed', () => {
  let folder: string;
  let standalone: RunningStandalone;
  let service: ListeningServer;
  let admin: string;
  let asked = 0;
  let silent = false;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-repeated-'));
    service = await listening(
      createServer((_, response) => {
        asked++;
        if (!silent) response.end('{}');
      }),
    );
    await start();
    admin = (await token(folder, '--workspace', 'acme', '--role', 'admin')).output;
  });

  afterAll(async () => {
    standalone.process.kill('SIGKILL');
    await standalone.ended;
    await service.stop();
    const leaks = await leaksBelow(folder);
    await rm(folder, { recursive: true });
    expect(leaks).toEqual([]);
  });

  const start = async (): Promise<void> => {
    standalone = await RunningStandalone.start(folder, { OUTBOUND_ALLOWED_CIDRS: '127.0.0.0/8' });
  };
  const create = (): Promise<{ status: number; body: Answer }> =>
    standalone.call('POST', connections, {
      token: admin,
      body: {
        connector: 'http',
        name: 'Once',
        authType: 'api_key',
        serviceUrl: `http://127.0.0.1:${service.port}`,
        settings: { apiKeyIn: 'header', apiKeyName: 'X-Api-Key', verificationPath: '/whoami' },
        credentials: { apiKey: canary('once') },
      },
      headers: { 'idempotency-key': 'once' },
    });
  const historyOf = async ({ id }: Answer): Promise<unknown[]> =>
    (await standalone.call('GET', `${connections}/${String(id)}/history`, { token: admin })).body.items.map(({ type }) => type);

  let answered: { status: number; body: Answer };

  it('in the middle of it is finished by the same request, once', async () => {
    silent = true;
    const unheard = expect(create()).rejects.toThrow('fetch failed');
    await eventually(() => asked === 1); // its name is reserved, its secret sealed, its service asked
    await standalone.stop('SIGKILL');
    await unheard;
    await endLeases(folder);
    silent = false;
    await start();

    answered = await create();
    expect(answered).toMatchObject({ status: 201, body: { name: 'Once', status: 'active' } });
    expect(await historyOf(answered.body)).toEqual(['ConnectionVerified', 'CredentialsProvided', 'ConnectionCreated']);
    expect(asked).toBe(2);
  });

  it('after it was answered is answered the same', async () => {
    await standalone.stop('SIGKILL');
    await start();
    expect(await create()).toEqual(answered);
    expect(await historyOf(answered.body)).toHaveLength(3);
    expect(asked).toBe(2);
    const other = { token: admin, body: { connector: 'date' }, headers: { 'idempotency-key': 'once' } };
    expect(await standalone.call('POST', connections, other)).toMatchObject({
      status: 422,
      body: { reason: 'KeyWasUsedForAnotherRequest' },
    });
  });
});

/** Lets the minute pass for which nobody else may run what the dead process ran. */
async function endLeases(folder: string): Promise<void> {
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), report: () => undefined });
  const url = roleUrl(postgres.url, 'patchbay_connection', await readOrCreateRolePasswords(folder));
  const database = await Database.open({ url, applicationName: 'spec', poolSize: 1 });
  try {
    const ended = await database.inWorkspace('acme', (tx) =>
      rows(tx, `update records.idempotency_keys set lease_until = now() where state = 'running' returning key`),
    );
    expect(ended).toEqual([{ key: 'once' }]);
  } finally {
    await database.close();
    await postgres.stop();
  }
}
