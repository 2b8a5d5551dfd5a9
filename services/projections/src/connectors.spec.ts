import type { ConnectorEvent } from '#events';
import { catalog, digestOf, publicDefinition } from '#connectors';
import { connectors, type ConnectorRow } from './connectors';

describe('a row of connectors', () => {
  it.each(catalog)('shows $key as the catalog describes it', (definition) => {
    const { key, version, name, categories } = definition;
    const shown = publicDefinition(definition);
    expect(after({ type: 'ConnectorPublished', data: { key, version, digest: digestOf(definition), definition: shown } })).toEqual({
      key,
      version,
      name,
      nameFolded: name.toLowerCase(),
      status: 'available',
      categoryKeys: categories,
      definition: shown,
    });
  });

  it('shows the newest definition', () => {
    expect(after(published(1, { name: 'Shop' }), revised(2, { name: 'Shop 2', categories: [{ key: 'shops', label: 'Shops' }] }))).toEqual({
      key: 'shop',
      version: 2,
      name: 'Shop 2',
      nameFolded: 'shop 2',
      status: 'available',
      categoryKeys: ['shops'],
      definition: { name: 'Shop 2', categories: [{ key: 'shops', label: 'Shops' }] },
    });
  });

  it('stays when the connector is retired, and says so', () => {
    expect(after(published(1, { name: 'Shop' }), { type: 'ConnectorRetired', data: { key: 'shop', version: 2 } })).toMatchObject({
      version: 2,
      status: 'retired',
      definition: { name: 'Shop', version: 2, status: 'retired' },
    });
  });
});

function after(...events: readonly ConnectorEvent[]): ConnectorRow | undefined {
  return events.reduce<ConnectorRow | undefined>(
    (row, event, index) =>
      connectors.change(row, { event, at: { id: 'shop', revision: index, position: BigInt(index), occurredAt: '', by: 'connection' } }),
    undefined,
  );
}

function published(version: number, definition: Record<string, unknown>): ConnectorEvent {
  return { type: 'ConnectorPublished', data: { key: 'shop', version, digest: 'd', definition } };
}

function revised(version: number, definition: Record<string, unknown>): ConnectorEvent {
  return { type: 'ConnectorRevised', data: { key: 'shop', version, digest: 'd', definition } };
}
