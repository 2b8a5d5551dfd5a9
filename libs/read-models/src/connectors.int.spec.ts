import { readModelTables, type ReadModelTables } from '../test/read-model-tables';
import { connectorCategories } from './connector-categories';
import { findConnector } from './find-connector';
import { listConnectors, type ListConnectors } from './list-connectors';

describe('the catalog as it is read', () => {
  let tables: ReadModelTables;

  beforeAll(async () => {
    tables = await readModelTables();
    await publish('stripe', 'Stripe', [{ key: 'payments', label: 'Payments' }]);
    await publish('shopify', 'Shopify', [
      { key: 'shops', label: 'Shops' },
      { key: 'payments', label: 'Payments' },
    ]);
    await publish('date', 'a Date', []);
  });
  afterAll(() => tables.drop());

  const publish = (key: string, name: string, categories: readonly { key: string; label: string }[]) =>
    tables.projections.query(
      `insert into read_models.connectors_a (key, version, name, name_folded, status, category_keys, definition, position)
       values ($1, 1, $2, lower($2), 'available', $3, $4, 7)`,
      [key, name, categories.map((category) => category.key), JSON.stringify({ key, name, categories })],
    );
  const keys = async (asked?: ListConnectors) =>
    (await tables.connection.transaction((tx) => listConnectors(tx, asked))).map(({ key }) => key);

  it('is listed by name', async () => {
    expect(await keys()).toEqual(['date', 'shopify', 'stripe']);
  });

  it('is filtered by category and by part of a name', async () => {
    expect(await keys({ category: 'payments' })).toEqual(['shopify', 'stripe']);
    expect(await keys({ category: 'payments', q: 'STR' })).toEqual(['stripe']);
    expect(await keys({ q: 'nothing' })).toEqual([]);
  });

  it('shows one by its key', async () => {
    expect(await tables.connection.transaction((tx) => findConnector(tx, 'stripe'))).toMatchObject({
      key: 'stripe',
      categoryKeys: ['payments'],
      definition: { key: 'stripe', name: 'Stripe' },
      position: 7n,
    });
    expect(await tables.connection.transaction((tx) => findConnector(tx, 'paypal'))).toBeNull();
  });

  it('counts what is in each category', async () => {
    expect(await tables.connection.transaction(connectorCategories)).toEqual([
      { key: 'payments', label: 'Payments', connectors: 2 },
      { key: 'shops', label: 'Shops', connectors: 1 },
    ]);
  });
});
