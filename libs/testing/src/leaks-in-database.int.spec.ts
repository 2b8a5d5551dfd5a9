import { Database } from '#postgres';
import { canary } from './canary';
import { testDatabase, type TestDatabase } from './test-database';

const secret = canary('"key"/ü');

/** A row that holds it in each way that a row can. */
const planted: Readonly<Record<string, [type: string, value: unknown]>> = {
  raw: ['text', secret],
  'base64 after 0 bytes': ['text', Buffer.from(secret).toString('base64')],
  'base64url after 1 bytes': ['text', Buffer.from(`"${secret}`).toString('base64url')],
  hex: ['bytea', Buffer.from(secret)],
  'upper-case hex': ['text', Buffer.from(secret).toString('hex').toUpperCase()],
  'URL-escaped': ['text', encodeURIComponent(secret)],
  'JSON-escaped': ['jsonb', JSON.stringify({ deep: [secret] })],
  'UTF-16LE': ['bytea', Buffer.from(secret, 'utf16le')],
  'base64 after 2 bytes': ['bytea', Buffer.from(Buffer.from(`{"${secret}`).toString('base64'))],
};

describe('a database that is dropped', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase();
  });

  const keep = async (type: string, value: unknown, hidden = ''): Promise<void> => {
    const owner = await Database.open({ url: database.ownerUrl, applicationName: 'spec', poolSize: 1 });
    await owner.query(`create schema house`);
    await owner.query(`create table house.plants (id integer, kept ${type})`);
    await owner.query(`insert into house.plants values (1, null), (2, $1)`, [value]);
    if (hidden) await owner.query(`alter table house.plants enable row level security, force row level security`);
    await owner.close();
  };

  it.each(Object.entries(planted))(
    'fails its suite when a secret lies in it as %s, and repeats nothing of it',
    async (form, [type, value]) => {
      await keep(type, value);
      const complaint = await database.drop().then(
        () => 'none',
        (error: unknown) => (error as Error).message,
      );
      expect(complaint).toContain(`house.plants: canary as ${form}`);
      expect(complaint).not.toContain(secret.slice(0, 9));
    },
  );

  it('shows what it hides even from its owner', async () => {
    await keep('text', secret, 'hidden');
    await expect(database.drop()).rejects.toThrow('house.plants: canary as raw');
  });

  it('is gone, also then, and without a word where nothing was found', async () => {
    await keep('text', 'nothing');
    await database.drop();
    await expect(Database.open({ url: database.ownerUrl, applicationName: 'spec', poolSize: 1 })).rejects.toThrow();
  });
});
