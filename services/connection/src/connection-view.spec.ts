import { againstCandidate, againstOf, existing, Refused, type ConnectionCommand } from '#domain';
import { InMemoryEventStore, newCommandId } from '#event-store';
import { ConnectionStreams } from '#custody';
import type { ListedConnection } from '#read-models';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { readEvent } from '../../projections/src/read-event';
import { workspaceConnections, type WorkspaceConnectionRow } from '../../projections/src/workspace-connections';
import { connectionView } from './connection-view';
import { ShownConnection, shownConnection } from './shown-connection';

const id = '0190a8f0-0000-7000-8000-000000000001';
const boundTo = 'https://orders.example.com:443';

describe('a connection shown from the log', () => {
  it('reads as the same connection shown from the read model, whatever happened to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.constantFrom('api_key', 'none'), async (steps, authType) => {
        const { history, streams } = setUp();
        await streams.execute(id, context('ada'), () => firstCommands(authType));
        for (const taken of steps) {
          await streams.execute(id, context(taken.by), ({ state }) => commandsOf(taken, existing(state))).catch(unlessRefused);
        }

        let row: WorkspaceConnectionRow | undefined;
        for await (const stored of history()) {
          const read = readEvent(stored);
          if (read) row = workspaceConnections.change(row, read);
        }
        const view = connectionView(id, existing((await streams.load(id)).state));
        const fromLog = shownConnection(view);
        expect(fromLog).toEqual(shownConnection(listed(row!)));
        expect(view.configRevision).toBe(row!.configRevision);
        expect(() => ShownConnection.strict().parse(fromLog)).not.toThrow();
      }),
      { numRuns: 60 },
    );
  });
});

interface Step {
  readonly by: string;
  readonly does: (typeof deeds)[number];
  readonly name: string;
  readonly trigger: 'manual' | 'scheduled';
}

const deeds = ['rename', 'edit', 'propose', 'accept', 'accept with less', 'refuse', 'miss', 'disable', 'enable', 'remove'] as const;

const step: fc.Arbitrary<Step> = fc.record({
  by: fc.constantFrom('ada', 'grace'),
  does: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...deeds.slice(0, -1)) },
    { weight: 1, arbitrary: fc.constant('remove' as const) },
  ),
  name: fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'b', 'Å', 'ß') }),
  trigger: fc.constantFrom('manual', 'scheduled'),
});

/** A verification is about the candidate, where one waits. */
function commandsOf({ does, name, trigger }: Step, state: ReturnType<typeof existing>): readonly ConnectionCommand[] {
  const against = state.candidate ? againstCandidate(state, state.candidate) : againstOf(state);
  switch (does) {
    case 'rename':
      return [{ type: 'Edit', name, origin: null }];
    case 'edit': {
      const serviceUrl = `https://orders.example.com/${name}`;
      const settings = { apiKeyIn: 'header', ...(name.length > 3 && { apiKeyName: name }) };
      return [{ type: 'Edit', serviceUrl, settings, labels: { [name]: name }, environment: null, owner: name, origin: boundTo }];
    }
    case 'propose': {
      const waits = { untried: 'timeout', candidateUntil: '2100-01-01T00:00:00.000Z' } as const;
      return [{ type: 'ProposeCandidate', secretId: v7(), fingerprint: name, boundTo, source: 'entered', reason: 'manual', ...waits }];
    }
    case 'accept':
      return [{ type: 'RecordVerification', trigger, outcome: { against, accepted: true, latencyMs: 7 } }];
    case 'accept with less':
      return [{ type: 'RecordVerification', trigger, outcome: { against, accepted: true, latencyMs: 7, limited: true } }];
    case 'refuse': {
      const detail = { code: 'service_refused_credentials', httpStatus: 401 } as const;
      return [
        { type: 'RecordVerification', trigger, outcome: { against, accepted: false, category: 'unauthorized', httpStatus: 401, detail } },
      ];
    }
    case 'miss': {
      const detail = { code: 'no_answer_in_time' } as const;
      return [{ type: 'RecordVerification', trigger, outcome: { against, accepted: false, category: 'timeout', detail } }];
    }
    case 'disable':
      return [{ type: 'Disable', reason: 'maintenance' }];
    case 'enable':
      return [{ type: 'Enable' }];
    case 'remove':
      return [{ type: 'Remove', reason: 'replaced' }];
  }
}

function firstCommands(authType: 'api_key' | 'none'): readonly ConnectionCommand[] {
  const create: ConnectionCommand = {
    type: 'Create',
    workspaceId: 'acme',
    connectorKey: 'http',
    connectorVersion: 1,
    name: 'Orders',
    authType,
    serviceUrl: 'https://orders.example.com',
    settings: { apiKeyIn: 'header' },
    environment: 'sandbox',
    owner: 'ada',
    labels: { team: 'payments' },
  };
  const secretId = '0190a8f0-0000-7000-8000-000000000002';
  const provide: ConnectionCommand = {
    type: 'ProvideCredentials',
    secretId,
    fingerprint: 'f',
    display: 'sk_…',
    boundTo,
    source: 'entered',
    expiresAt: '2100-01-01T00:00:00.000Z',
  };
  return authType === 'none' ? [create] : [create, provide];
}

function setUp() {
  const store = new InMemoryEventStore();
  let now = Date.parse('2026-11-24T09:00:00.000Z');
  const nothing = () => Promise.resolve();
  const heads = { mark: nothing, settle: nothing, unmark: nothing };
  const streams = new ConnectionStreams({ store, heads, clock: () => new Date((now += 60_000)) });
  return { streams, history: () => streams.history(id) };
}

/** What the domain refuses does not happen. */
function unlessRefused(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
}

function context(by: string) {
  const commandId = newCommandId();
  return { commandId, correlationId: 'r', causationId: 'r', workspaceId: 'acme', actor: { kind: 'user', id: by } } as const;
}

/** The row as the read model's query answers it: times as dates, nothing joined. */
function listed(row: WorkspaceConnectionRow): ListedConnection {
  const date = (time: string | null): Date | null => (time === null ? null : new Date(time));
  return {
    ...row,
    statusDetail: row.statusDetail,
    statusSince: new Date(row.statusSince),
    lastTriedAt: date(row.lastTriedAt),
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    verifiedAt: date(row.verifiedAt),
    account: null,
    lastUsedAt: null,
    usageCount: 0,
    stale: false,
    position: 0n,
  };
}
