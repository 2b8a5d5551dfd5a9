import type { ConnectionEvent, PatchbayEvent, StatusAfter } from '#events';
import { connectionNames } from './connection-names';
import type { ReadEvent } from './read-event';

const statusAfter: StatusAfter = { status: 'active', code: null };

describe('a row of connection_names', () => {
  it('is made when a connection takes a name: created with it, or renamed to it', () => {
    const row = { workspaceId: 'acme', nameFolded: 'strasse', connectionId: 'c-1', name: 'Straße' };
    expect(rowOf(created('Straße'))).toEqual(row);
    expect(rowOf({ type: 'ConnectionRenamed', data: { from: 'Orders', to: 'Straße', statusAfter } })).toEqual(row);
  });

  it('is not made by anything else that happens, not even the end of the connection', () => {
    expect(rowOf({ type: 'ConnectionOwnerChanged', data: { from: 'ada', to: 'grace', statusAfter } })).toBeNull();
    expect(rowOf({ type: 'ConnectionRemoved', data: { statusAfter: { status: 'removed', code: null } } })).toBeNull();
    expect(rowOf({ type: 'LogOpened', data: { logId: '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c11' } })).toBeNull();
  });
});

function rowOf(event: PatchbayEvent) {
  return connectionNames.rowOf({
    event,
    at: { id: 'c-1', revision: 0, position: 1n, occurredAt: '2026-11-24T09:00:00.000Z', by: 'ada' },
    stored: { eventId: 'e-1', stream: 'connection-c-1', metadata: { workspaceId: 'acme' } as ReadEvent['stored']['metadata'] },
  });
}

function created(name: string): ConnectionEvent {
  return {
    type: 'ConnectionCreated',
    data: {
      workspaceId: 'acme',
      connectorKey: 'http',
      connectorVersion: 2,
      name,
      authType: 'none',
      settings: {},
      owner: 'ada',
      labels: {},
      statusAfter,
    },
  };
}
