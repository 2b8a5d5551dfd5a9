import { v7 as uuid } from 'uuid';
import { Database } from '#postgres';
import { testDatabase, type TestDatabase } from '#testing';
import { ConnectionAccounts } from './connection-accounts';
import { vaultMigrations } from './migrations/vault-migrations';

describe('the accounts behind connections', () => {
  let test: TestDatabase;
  let database: Database;
  let accounts: ConnectionAccounts;

  beforeAll(async () => {
    test = await testDatabase({ migrations: vaultMigrations });
    database = await Database.open({ url: test.urlFor('patchbay_connection'), applicationName: 'spec' });
    accounts = new ConnectionAccounts(database);
  });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  it('are known as last told, in their own workspace only', async () => {
    const connectionId = uuid();
    expect(await accounts.find('acme', connectionId)).toBeNull();
    await accounts.keep({ workspaceId: 'acme', connectionId, id: 'acct_1', label: 'Ada’s shop' });
    await accounts.keep({ workspaceId: 'acme', connectionId, label: 'Ada’s other shop' });
    expect(await accounts.find('acme', connectionId)).toEqual({ label: 'Ada’s other shop' });
    expect(await accounts.find('globex', connectionId)).toBeNull();
  });

  it('are forgotten for good', async () => {
    const place = { workspaceId: 'acme', connectionId: uuid() };
    await accounts.keep({ ...place, id: 'acct_1' });
    await accounts.forget(place.workspaceId, place.connectionId);
    await accounts.forget(place.workspaceId, place.connectionId);
    expect(await accounts.find(place.workspaceId, place.connectionId)).toBeNull();
  });
});
