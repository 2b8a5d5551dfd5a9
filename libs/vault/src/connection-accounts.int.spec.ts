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

  it('are what they were before where what was kept is taken back, and what others have done since stays', async () => {
    const place = { workspaceId: 'acme', connectionId: uuid() };
    const [mine, theirs] = [{ id: 'acct_1', label: 'Ada' }, { id: 'acct_2' }];
    const find = () => accounts.find(place.workspaceId, place.connectionId);
    expect(await accounts.keep({ ...place, ...mine })).toBeNull();
    await accounts.takeBack(place, mine, null);
    expect(await find()).toBeNull();

    await accounts.keep({ ...place, ...mine });
    const before = await accounts.keep({ ...place, ...theirs });
    expect(before).toEqual(mine);
    await accounts.takeBack(place, theirs, before);
    expect(await find()).toEqual(mine);
    await accounts.takeBack(place, theirs, null);
    expect(await find()).toEqual(mine);
    await accounts.forget(place.workspaceId, place.connectionId);
    await accounts.takeBack(place, mine, theirs);
    expect(await find()).toBeNull();
  });

  it('are forgotten for good', async () => {
    const place = { workspaceId: 'acme', connectionId: uuid() };
    await accounts.keep({ ...place, id: 'acct_1' });
    await accounts.forget(place.workspaceId, place.connectionId);
    await accounts.forget(place.workspaceId, place.connectionId);
    expect(await accounts.find(place.workspaceId, place.connectionId)).toBeNull();
  });
});
