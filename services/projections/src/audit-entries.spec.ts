import type { Actor, PatchbayEvent } from '#events';
import { auditEntries } from './audit-entries';

const occurredAt = '2026-11-24T09:00:00.000Z';
const commandId = '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c12';
const eventId = '018f2f6e-7c1a-5b52-9d3c-5a1f0e6b7c13';
const renamed: PatchbayEvent = {
  type: 'ConnectionRenamed',
  data: { from: 'Orders', to: 'Invoices', statusAfter: { status: 'active', code: null } },
};

describe('a row of audit_entries', () => {
  it('says what happened to a connection, and for whom it was done by whom', () => {
    const actor: Actor = { kind: 'service', id: 'engine', clientId: 'engine-eu', onBehalfOf: 'ada' };
    expect(rowOf('connection-c-1', renamed, { workspaceId: 'acme', actor })).toEqual({
      eventId,
      stream: 'connection-c-1',
      revision: 3,
      type: 'ConnectionRenamed',
      workspaceId: 'acme',
      connectionId: 'c-1',
      actorKind: 'service',
      actorId: 'engine',
      clientId: 'engine-eu',
      onBehalfOf: 'ada',
      commandId,
      correlationId: 'trace-7',
      occurredAt,
      data: renamed.data,
    });
  });

  it('names a definition by its digest', () => {
    const published: PatchbayEvent = {
      type: 'ConnectorPublished',
      data: { key: 'http', version: 1, digest: 'd', definition: { name: 'HTTP API' } },
    };
    expect(rowOf('connector-http', published)).toMatchObject({
      type: 'ConnectorPublished',
      workspaceId: null,
      connectionId: null,
      clientId: null,
      onBehalfOf: null,
      data: { key: 'http', version: 1, digest: 'd' },
    });
    expect(rowOf('connector-http', published)?.data).not.toHaveProperty('definition');
  });

  it('is not made of what only serves the bookkeeping', () => {
    expect(rowOf('log', { type: 'LogOpened', data: { logId: commandId } })).toBeNull();
    expect(rowOf('name-acme.0a', { type: 'NameReleased', data: { connectionId: commandId } })).toBeNull();
  });
});

function rowOf(
  stream: string,
  event: PatchbayEvent,
  { workspaceId = null, actor = { kind: 'user', id: 'ada' } }: { workspaceId?: string | null; actor?: Actor } = {},
) {
  const metadata = { commandId, correlationId: 'trace-7', causationId: commandId, workspaceId, actor, occurredAt, prevHash: '', hash: '' };
  const id = stream.slice(stream.indexOf('-') + 1);
  return auditEntries.rowOf({
    event,
    at: { id, revision: 3, position: 7n, occurredAt, by: actor.id },
    stored: { eventId, stream, metadata },
  });
}
