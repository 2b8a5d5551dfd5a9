import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { Database } from '#postgres';
import { testDatabase, type TestDatabase } from '#testing';
import { vaultMigrations } from './migrations/vault-migrations';
import { VaultHeads } from './vault-heads';

interface Settled {
  readonly revision: number;
  readonly status: string;
  readonly secretId?: string;
  readonly secretRevision?: number;
  readonly settings?: object;
}

describe('the heads beside the secrets', () => {
  let test: TestDatabase;
  let owner: Database;
  let database: Database;
  let heads: VaultHeads<Settled>;
  let connection: { workspaceId: string; connectionId: string };

  beforeAll(async () => {
    test = await testDatabase({ migrations: vaultMigrations });
    owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec' });
    database = await Database.open({ url: test.urlFor('patchbay_connection'), applicationName: 'spec', poolSize: 10 });
    heads = new VaultHeads(database);
  });
  afterAll(async () => {
    await database.close();
    await owner.close();
    await test.drop();
  });
  beforeEach(() => {
    connection = { workspaceId: 'acme', connectionId: uuid() };
  });

  const settle = (settled: Settled, commandId = 'settling') => heads.settle({ ...connection, commandId, settled });
  const mark = (commandId: string, until = soon()) => heads.mark({ ...connection, commandId, until });
  const read = () => heads.read(connection.connectionId);

  it('are not there before a connection is', async () => {
    expect(await read()).toBeNull();
  });

  it('give back what was settled, whole', async () => {
    const settled = { revision: 2, status: 'active', settings: { region: 'eu', deep: { 'ü"\\': [1, null] } } };
    await settle(settled);
    expect(await read()).toEqual({ workspaceId: 'acme', settled, marks: {} });
  });

  it('show the marks of every command that may have appended, and nothing settled while nothing is', async () => {
    const [first, second] = [soon(), soon()];
    await mark('one', first);
    await mark('two', second);
    expect(await read()).toMatchObject({ settled: null, marks: { one: first.toISOString(), two: second.toISOString() } });
  });

  it('lose a mark when its command has settled or was refused, and keep those of the others', async () => {
    await mark('one');
    await mark('two');
    await mark('three');
    await settle({ revision: 2, status: 'active' }, 'one');
    await heads.unmark({ ...connection, commandId: 'two' });
    const head = await read();
    expect(head?.settled).toMatchObject({ revision: 2 });
    expect(Object.keys(head?.marks ?? {})).toEqual(['three']);
  });

  it('keep the mark of a command that died, whoever settles: nobody has read what it may have appended', async () => {
    await mark('died', new Date(Date.now() - 1_000));
    await mark('late');
    await settle({ revision: 2, status: 'active' }, 'late');
    expect(Object.keys((await read())?.marks ?? {})).toEqual(['died']);
  });

  it('are never set back: an older revision that comes late removes its mark and nothing else', async () => {
    await mark('late');
    await settle({ revision: 5, status: 'disabled' });
    await settle({ revision: 4, status: 'active' }, 'late');
    expect(await read()).toEqual({ workspaceId: 'acme', settled: { revision: 5, status: 'disabled' }, marks: {} });
  });

  it('end at the latest revision, whatever order fifty commands settle in', async () => {
    const revisions = Array.from({ length: 50 }, (_, at) => (at * 17) % 50);
    await Promise.all(revisions.map((revision) => mark(`c${revision}`)));
    await Promise.all(revisions.map((revision) => settle({ revision, status: `after ${revision}` }, `c${revision}`)));
    expect(await read()).toEqual({ workspaceId: 'acme', settled: { revision: 49, status: 'after 49' }, marks: {} });
  });

  describe('name the current secret', () => {
    it('and make its row the current one, which then waits for nothing', async () => {
      const secretId = await candidate();
      await settle({ revision: 2, status: 'active', secretId, secretRevision: 1 });
      expect(await standing(secretId)).toEqual({ purpose: null, expires_at: null, activated_at_revision: '1' });
    });

    it('and never date a secret again that was made current before', async () => {
      const secretId = await candidate();
      await settle({ revision: 2, status: 'active', secretId, secretRevision: 1 });
      await settle({ revision: 7, status: 'active', secretId, secretRevision: 6 });
      expect(await standing(secretId)).toMatchObject({ activated_at_revision: '1' });
    });

    it('but not when a later head stands', async () => {
      const [replaced, current] = [await candidate(), await candidate()];
      await settle({ revision: 5, status: 'active', secretId: current, secretRevision: 5 });
      await settle({ revision: 2, status: 'active', secretId: replaced, secretRevision: 1 });
      expect(await standing(replaced)).toMatchObject({ purpose: 'candidate', activated_at_revision: null });
      expect(await standing(current)).toMatchObject({ purpose: null, activated_at_revision: '5' });
    });

    it.each([
      ['workspace', { workspaceId: 'globex' }],
      ['connection', { connectionId: uuid() }],
    ])('but not the secret of another %s', async (_, other) => {
      const secretId = await candidate(other);
      await settle({ revision: 2, status: 'active', secretId, secretRevision: 1 });
      expect(await standing(secretId)).toMatchObject({ activated_at_revision: null });
    });

    it('or nothing happens at all', async () => {
      await mark('failing');
      const before = await read();
      await expect(settle({ revision: 2, status: 'active', secretId: 'no uuid', secretRevision: 1 }, 'failing')).rejects.toThrow();
      expect(await read()).toEqual(before);
    });
  });

  const candidate = async (changes: Partial<typeof connection> = {}): Promise<string> => {
    const { workspaceId, connectionId } = { ...connection, ...changes };
    const secretId = uuid();
    await owner.query(
      `insert into vault.workspace_keys (workspace_id, kek_id, version, wrapped, root_key_id, state)
       values ($1, $2, (select count(*) + 1 from vault.workspace_keys), '', 'root', 'retired')`,
      [workspaceId, secretId],
    );
    await owner.query(
      `insert into vault.secrets (workspace_id, connection_id, kind, secret_id, purpose, expires_at, alg, kek_id, wrapped_dek, iv, ciphertext, tag, commitment)
       values ($1, $2, 'credential', $3, 'candidate', now() + interval '1 hour', 'none', $3, '', $4, '', $5, $6)`,
      [workspaceId, connectionId, secretId, randomBytes(12), randomBytes(16), randomBytes(32)],
    );
    return secretId;
  };
  const standing = async (secretId: string) => {
    const [row] = await owner.query('select purpose, expires_at, activated_at_revision from vault.secrets where secret_id = $1', [
      secretId,
    ]);
    return row;
  };
});

const soon = () => new Date(Date.now() + 60_000);
