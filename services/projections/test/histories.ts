import fc from 'fast-check';
import { againstOf, connection, connector, existing, log, Refused, type ConnectionCommand } from '#domain';
import { newCommandId, Streams, type EventStore } from '#event-store';
import { eventCodec, failureCategories, verificationTriggers, type EventContext } from '#events';

const create = fc.record({ does: fc.constant('create' as const), authType: fc.constantFrom('api_key' as const, 'none' as const) });
const rename = fc.record({ does: fc.constant('rename' as const), to: fc.constantFrom('Orders', 'ÖRDERS', '訂單', 'a "b" \\ c') });

/** Something that happens to one of a few connections or connectors; what the domain refuses does not happen. */
const step = fc.oneof(
  { weight: 2, arbitrary: create },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('provide' as const), secretId: fc.uuid(), scoped: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('accept' as const), limited: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('fail' as const),
      category: fc.constantFrom(...failureCategories),
      trigger: fc.constantFrom(...verificationTriggers),
    }),
  },
  { weight: 1, arbitrary: rename },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('publish' as const), version: fc.integer({ min: 1, max: 4 }) }) },
);
export type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A step and which of the few it happens to. */
export const history = fc.array(fc.record({ which: fc.integer({ min: 0, max: 3 }), step }), { maxLength: 40 });
export type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

/** Two connections of each workspace that do little but take names from each other. */
export const renames = fc.array(
  fc.record({ which: fc.integer({ min: 0, max: 3 }), step: fc.oneof({ weight: 1, arbitrary: create }, { weight: 4, arbitrary: rename }) }),
  { minLength: 8, maxLength: 40 },
);

/** Appends to a store what a history leads to, as the connection service does: decided, encoded, chained. */
export class Histories {
  readonly #connections;
  readonly #connectors;
  readonly #logs;

  constructor(store: EventStore) {
    const options = { store, codec: eventCodec };
    this.#connections = new Streams({ ...options, decider: connection, category: 'connection' });
    this.#connectors = new Streams({ ...options, decider: connector, category: 'connector' });
    this.#logs = new Streams({ ...options, decider: log, category: 'log', streamOf: () => 'log' });
  }

  async open(logId: string): Promise<void> {
    await this.#logs.execute('log', context(null), () => [{ type: 'OpenLog', logId }]);
  }

  async play(steps: History): Promise<void> {
    for (const { which, step: taken } of steps) await this.#take(which, taken);
  }

  async #take(which: number, taken: Step): Promise<void> {
    try {
      if (taken.does === 'publish') {
        await this.#connectors.execute(`http${which}`, context(null), () => [definition(`http${which}`, taken.version)]);
        return;
      }
      await this.#connections.execute(connectionId(which), context(`workspace-${which % 2}`), ({ state }) => [
        commandFor(which, taken, state),
      ]);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
}

export function connectionId(which: number): string {
  return `018f2f6e-7c1a-7b52-9d3c-00000000000${which}`;
}

function context(workspaceId: string | null): EventContext {
  const commandId = newCommandId();
  return {
    commandId,
    correlationId: commandId,
    causationId: commandId,
    workspaceId,
    actor: { kind: 'user', id: `user-${commandId.at(-1)}` },
  };
}

function definition(key: string, version: number) {
  const categories = version > 2 ? [{ key: 'generic', label: 'Generic' }] : [];
  const shown = { key, version, name: `HTTP ${version}`, status: 'available', categories };
  return { type: 'RecordDefinition' as const, key, version, digest: `digest of ${version}`, definition: shown };
}

function commandFor(which: number, taken: Exclude<Step, { does: 'publish' }>, state: Parameters<typeof existing>[0]): ConnectionCommand {
  switch (taken.does) {
    case 'create':
      return {
        type: 'Create',
        workspaceId: `workspace-${which % 2}`,
        connectorKey: 'http0',
        connectorVersion: 1,
        name: `Orders ${which}`,
        authType: taken.authType,
        settings: { apiKeyIn: 'header', retries: 3, extraHeaders: { 'X-Shop': 'ünï' } },
        owner: 'user-1',
        labels: { team: 'sales' },
        ...(which > 1 && { serviceUrl: 'https://orders.example.com', environment: 'sandbox' as const }),
      };
    case 'provide':
      return {
        type: 'ProvideCredentials',
        secretId: taken.secretId,
        fingerprint: 'q1Zc0nXy8u3m5k7s9w2e4g',
        boundTo: 'https://orders.example.com:443',
        source: 'entered',
        ...(taken.scoped && { display: 'sk_live_', expiresAt: '2027-05-01T00:00:00.000Z' }),
      };
    case 'accept': {
      const outcome = { against: againstOf(existing(state)), accepted: true as const, latencyMs: 12 };
      return { type: 'RecordVerification', trigger: 'manual', outcome: taken.limited ? { ...outcome, limited: true } : outcome };
    }
    case 'fail': {
      const detail = { code: 'unexpected_status' as const, httpStatus: 500 };
      const outcome = { against: againstOf(existing(state)), accepted: false as const, category: taken.category, detail };
      return { type: 'RecordVerification', trigger: taken.trigger, outcome };
    }
    case 'rename':
      return { type: 'Edit', name: taken.to, origin: null };
  }
}
