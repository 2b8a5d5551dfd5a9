import { againstOf, connection, existing, type Connection, type ConnectionCommand } from '#domain';
import { eventIdOf, newCommandId, type NewEvent } from '#event-store';
import { chainStart, eventCodec, type ConnectionEvent } from '#events';
import { v7 } from 'uuid';

/** An event as the connection service stores it, and where. */
export interface LifeEvent {
  readonly stream: string;
  readonly revision: number;
  readonly event: NewEvent;
}

const workspaces = 50;

/**
 * One connection's life, an event at a time: decided by the domain, encoded and chained as the service does it. It is created, gets a
 * credential that the service accepts, and then is verified again and again, sometimes renamed, and now and then out of reach.
 */
export class ConnectionLife {
  readonly id = v7();
  readonly #stream = `connection-${this.id}`;
  readonly workspaceId: string;
  #state: Connection = connection.initial;
  #hash = chainStart;
  #revision = -1;

  constructor(private readonly nth: number) {
    this.workspaceId = `workspace-${nth % workspaces}`;
  }

  next(): LifeEvent {
    const now = new Date();
    const [happened, ...more] = connection.decide(this.#command(), this.#state, now);
    if (happened === undefined || more.length > 0) throw new Error('A step of a life is one event.');
    this.#state = connection.evolve(this.#state, happened);
    this.#revision += 1;
    return { stream: this.#stream, revision: this.#revision, event: this.#encoded(happened, now) };
  }

  #command(): ConnectionCommand {
    switch (this.#revision) {
      case -1:
        return {
          type: 'Create',
          workspaceId: this.workspaceId,
          connectorKey: 'http',
          connectorVersion: 1,
          name: `Orders of shop ${this.nth}`,
          authType: 'api_key',
          serviceUrl: `https://shop-${this.nth}.example.com/api`,
          settings: {
            apiKeyIn: 'header',
            apiKeyName: 'X-Api-Key',
            verificationPath: '/whoami',
            accountIdPath: 'id',
            accountLabelPath: 'name',
          },
          environment: 'production',
          owner: 'user-1',
          labels: { team: 'payments' },
        };
      case 0:
        return {
          type: 'ProvideCredentials',
          secretId: v7(),
          fingerprint: 'q1Zc0nXy8u3m5k7s9w2e4g',
          display: 'sk_live_…',
          boundTo: `https://shop-${this.nth}.example.com:443`,
          source: 'entered',
        };
    }
    if (this.#revision % 7 === 5) return { type: 'Edit', name: `Orders of shop ${this.nth}, ${this.#revision}`, origin: null };
    const against = againstOf(existing(this.#state));
    if (this.#revision % 11 === 6) {
      const detail = { code: 'connection_refused' } as const;
      return { type: 'RecordVerification', trigger: 'scheduled', outcome: { against, accepted: false, category: 'unreachable', detail } };
    }
    return { type: 'RecordVerification', trigger: 'scheduled', outcome: { against, accepted: true, latencyMs: 40 + (this.nth % 200) } };
  }

  #encoded(happened: ConnectionEvent, now: Date): NewEvent {
    const commandId = newCommandId();
    const encoded = eventCodec.encode(happened, {
      stream: this.#stream,
      revision: this.#revision,
      eventId: eventIdOf(commandId, this.#stream, 0),
      prevHash: this.#hash,
      occurredAt: now.toISOString(),
      context: {
        commandId,
        correlationId: commandId,
        causationId: commandId,
        workspaceId: this.workspaceId,
        actor: { kind: 'user', id: 'user-1' },
      },
    });
    this.#hash = encoded.metadata.hash;
    return encoded;
  }
}
