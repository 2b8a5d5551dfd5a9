import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalog } from '#connectors';
import { InMemoryEventStore, LogIsUnavailable, newCommandId, OutcomeUnknown } from '#event-store';
import { followMigrations } from '#follow';
import { GuardedHttp, OutboundPolicy } from '#outbound';
import { Database } from '#postgres';
import { readModelsEntities, readModelsMigrations } from '#read-models';
import { Secret } from '#secret';
import { canary, listening, testDatabase, type ListeningServer, type TestDatabase } from '#testing';
import { openKeyRing, VaultIsSealed, vaultMigrations, type KeyPort } from '#vault';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { v7 } from 'uuid';
import type { Commander } from '../src/asker';
import { CreateConnection } from '../src/commands/create-connection';
import { EditConnection } from '../src/commands/edit-connection';
import { OpenLog } from '../src/commands/open-log';
import { RecordCatalog } from '../src/commands/record-catalog';
import { RotateCredentials } from '../src/commands/rotate-credentials';
import { VerifyConnection } from '../src/commands/verify-connection';
import { ConnectionModule } from '../src/connection.module';
import { GetConnection } from '../src/queries/get-connection';
import { eventsOf } from './workbench';

const apiKey = canary('entered');

class SealableKeys implements KeyPort {
  sealed = false;

  constructor(private readonly keys: KeyPort) {}

  activeKeyId = () => this.keys.activeKeyId();
  rotate = () => this.keys.rotate();
  health = () => this.keys.health();
  wrap: KeyPort['wrap'] = (...asked) => this.#open(() => this.keys.wrap(...asked));
  unwrap: KeyPort['unwrap'] = (...asked) => this.#open(() => this.keys.unwrap(...asked));

  #open<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.sealed ? Promise.reject(new VaultIsSealed('k1')) : work();
  }
}

/** A log that stores what it is given and then cannot say so, or that cannot be reached to store it. */
class ForgetfulStore extends InMemoryEventStore {
  forgets = false;
  isDown = false;

  override async append(...asked: Parameters<InMemoryEventStore['append']>): ReturnType<InMemoryEventStore['append']> {
    if (this.isDown && asked[0].startsWith('connection-')) throw new LogIsUnavailable('down');
    const result = await super.append(...asked);
    if (this.forgets && asked[0].startsWith('connection-')) throw new OutcomeUnknown(asked[0]);
    return result;
  }
}

describe('commands, without any edge', () => {
  const store = new ForgetfulStore();
  let testing: TestDatabase;
  let database: Database;
  let service: ListeningServer;
  let calls = 0;
  let folder: string;
  let keys: SealableKeys;
  let app: INestApplicationContext;
  const http = new GuardedHttp({ policy: OutboundPolicy.from({ allowedCidrs: ['127.0.0.0/8'], ownEndpoints: [] }) });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-commands-'));
    testing = await testDatabase({ migrations: [...followMigrations, ...readModelsMigrations, ...vaultMigrations] });
    const url = testing.urlFor('patchbay_connection');
    database = await Database.open({ url, applicationName: 'spec', entities: [...readModelsEntities] });
    service = await listening(
      createServer((_, response) => {
        calls++;
        response.end('{}');
      }),
    );
    keys = new SealableKeys(await openKeyRing(join(folder, 'key-ring.json'), {}));
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class and takes literals
    app = await NestFactory.createApplicationContext(ConnectionModule.on({ database, store, keys, http, clock: () => new Date() }), {
      logger: false,
    });
    await app.init();
  });
  afterAll(async () => {
    await app.close();
    http.close();
    await database.close();
    await service.stop();
    await testing.drop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    store.forgets = false;
    store.isDown = false;
    keys.sealed = false;
  });

  const bus = (): CommandBus => app.get(CommandBus);
  const create = (commander: Commander, ids: { connectionId: string; secretId: string }, name: string): CreateConnection =>
    new CreateConnection(commander, ids.connectionId, ids.secretId, {
      connector: 'http',
      name,
      authType: 'api_key',
      serviceUrl: `http://127.0.0.1:${service.port}`,
      settings: {},
      credentials: entered(),
      allowEnvironmentMismatch: false,
      labels: {},
    });

  const rotate = (commander: Commander, connectionId: string): RotateCredentials =>
    new RotateCredentials(commander, connectionId, v7(), {
      credentials: entered(),
      allowAccountChange: false,
      allowEnvironmentMismatch: false,
    });
  const sealed = async (connectionId: string): Promise<string[]> => {
    const rows = await database.query<{ id: string }>(
      'select secret_id as id from vault.secrets where connection_id = $1 order by sealed_at',
      [connectionId],
    );
    return rows.map(({ id }) => id);
  };

  it('append nothing and answer the same when they are repeated, and ask nobody', async () => {
    const ids = newIds();
    const commands = [
      create(commander(), ids, 'Repeated'),
      new EditConnection(commander(), ids.connectionId, v7(), {
        name: 'Repeated often',
        allowAccountChange: false,
        allowEnvironmentMismatch: false,
      }),
      new VerifyConnection(commander(), ids.connectionId),
    ];
    const answers = [];
    for (const command of commands) answers.push(await bus().execute(command));
    const revision = answers.at(-1)?.connection.revision;
    const before = calls;

    for (const [index, command] of commands.entries()) expect(await bus().execute(command)).toEqual(answers[index]);
    expect(calls).toBe(before);
    expect(await eventsOf({ store }, `connection-${ids.connectionId}`)).toHaveLength((revision ?? 0) + 1);
  });

  it('find what they did when nobody told them', async () => {
    const ids = newIds();
    const command = create(commander(), ids, 'Unheard');
    store.forgets = true;
    await expect(bus().execute(command)).rejects.toThrow(OutcomeUnknown);
    store.forgets = false;
    const answer = await bus().execute(command);
    expect(answer).toMatchObject({ connection: { id: ids.connectionId, status: 'active', credential: { version: 1 } } });
    const [head] = await database.query('select settled, marks from vault.vault_heads where connection_id = $1', [ids.connectionId]);
    // Whoever resolves the connection sees the mark and reads the stream.
    expect(head).toEqual({ settled: null, marks: { [command.commander.commandId]: expect.any(String) } });
  });

  it('keep what an event may name, when they cannot say whether there is one', async () => {
    const ids = newIds();
    await bus().execute(create(commander(), ids, 'Rotated'));
    const command = rotate(commander(), ids.connectionId);
    store.forgets = true;
    await expect(bus().execute(command)).rejects.toThrow(OutcomeUnknown);
    store.forgets = false;
    expect(await sealed(ids.connectionId)).toEqual([ids.secretId, command.secretId]);
    const before = calls;
    const answer = await bus().execute(command);
    expect(answer).toMatchObject({ connection: { status: 'active', credential: { version: 2 } }, waits: false });
    expect(calls).toBe(before);
    await expect(bus().execute(new VerifyConnection(commander(), ids.connectionId))).resolves.toMatchObject({
      connection: { status: 'active' },
    });
  });

  it('take back what they prepared, when surely nothing was stored', async () => {
    const ids = newIds();
    await bus().execute(create(commander(), ids, 'Down'));
    store.isDown = true;
    const changed = { name: 'Up', allowAccountChange: false, allowEnvironmentMismatch: false };
    for (const command of [
      rotate(commander(), ids.connectionId),
      new EditConnection(commander(), ids.connectionId, v7(), { ...changed, credentials: entered() }),
      create(commander(), newIds(), 'Never'),
    ]) {
      await expect(bus().execute(command)).rejects.toThrow(LogIsUnavailable);
    }
    store.isDown = false;
    expect(await sealed(ids.connectionId)).toEqual([ids.secretId]);
    for (const name of ['Up', 'Never']) await bus().execute(create(commander(), newIds(), name));
  });

  it('leave nothing behind when the vault keeps nothing, so that they can be repeated', async () => {
    const ids = newIds();
    keys.sealed = true;
    const workspace = { ...commander(), workspaceId: 'sealed' }; // one whose keys were not unwrapped yet
    await expect(bus().execute(create(workspace, ids, 'Sealed'))).rejects.toThrow(VaultIsSealed);
    expect(await eventsOf({ store }, `connection-${ids.connectionId}`)).toEqual([]);
    keys.sealed = false;
    await expect(bus().execute(create(workspace, newIds(), 'Sealed'))).resolves.toMatchObject({ connection: { status: 'active' } });
  });

  it('keep what was entered where only the vault can read it', async () => {
    const ids = newIds();
    await bus().execute(create(commander(), ids, 'Kept'));
    const [row] = await database.query<{ text: string }>(`select secret::text as text from vault.secrets secret where secret_id = $1`, [
      ids.secretId,
    ]);
    expect(row?.text).toBeDefined();
    expect(row?.text).not.toContain(Buffer.from(apiKey).toString('hex'));
    const found = await app.get(QueryBus).execute(new GetConnection({ ...commander(), workspaceId: 'acme' }, ids.connectionId));
    expect(JSON.stringify(found.connection)).not.toContain('canary');
  });

  it('open the log once, whoever starts at the same time', async () => {
    await Promise.all(Array.from({ length: 5 }, () => bus().execute(new OpenLog())));
    await bus().execute(new OpenLog());
    const events = await eventsOf({ store }, 'log');
    expect(events).toMatchObject([{ type: 'LogOpened.v1', revision: 0, data: { logId: expect.stringMatching(/^[0-9a-f-]{36}$/) } }]);
  });

  it('record each definition once, a newer one beside it and an older one not at all', async () => {
    const [date] = catalog.filter(({ key }) => key === 'date');
    const versions = (...numbers: number[]) => numbers.map((version) => ({ ...date!, key: 'recorded', version }));
    for (const definition of versions(2, 2, 3, 2, 3)) await bus().execute(new RecordCatalog([definition]));
    const events = await eventsOf({ store }, 'connector-recorded');
    expect(events.map(({ type, data }) => [type, (data as { version: number }).version])).toEqual([
      ['ConnectorPublished.v1', 2],
      ['ConnectorRevised.v1', 3],
    ]);
    const changed = { ...date!, key: 'recorded', version: 3, name: 'Changed' };
    await expect(bus().execute(new RecordCatalog([changed]))).rejects.toThrow('give it version 4');
  });
});

function entered(): Secret {
  return Secret.of(JSON.stringify({ apiKey }));
}

function newIds() {
  return { connectionId: v7(), secretId: v7() };
}

function commander(): Commander {
  return {
    workspaceId: 'acme',
    subject: 'ada',
    actor: { kind: 'user', id: 'ada' },
    reach: 'all',
    commandId: newCommandId(),
    correlationId: 'r',
    oversees: true,
  };
}
