import { randomUUID } from 'node:crypto';
import { isAcknowledged, send, type Recipient, type Request } from './requests';

/** What the tables do not take: the cause, which is repaired later. */
export const refusedLabel = 'poison';

/** Connections of which an event cannot be applied, and what happens to them besides. */
export class PoisonedConnections {
  readonly ids: string[] = [];

  constructor(
    private readonly recipient: Recipient,
    private readonly serviceUrl: string,
  ) {}

  async create(count: number): Promise<void> {
    for (let nth = 1; nth <= count; nth += 1) {
      const body = { connector: 'http', name: `Poisoned ${nth}`, serviceUrl: this.serviceUrl, authType: 'none' };
      const answer = await this.#ask({ id: randomUUID(), does: 'create', method: 'POST', path: '', body });
      this.ids.push((JSON.parse(answer) as { id: string }).id);
    }
  }

  /** One event that cannot be applied and two that wait behind it, of each. */
  async poison(): Promise<void> {
    for (const id of this.ids) {
      await this.#edit(id, { labels: { [refusedLabel]: 'yes' } });
      await this.#edit(id, { labels: { team: 'orders' } });
      await this.#edit(id, { labels: { team: 'sales' } });
    }
  }

  async goOn(): Promise<void> {
    for (const id of this.ids) await this.#edit(id, { labels: { team: 'support' } });
  }

  async #edit(id: string, body: Request['body'] & object): Promise<void> {
    await this.#ask({ id: randomUUID(), does: 'rename', method: 'PATCH', path: `/${id}`, body });
  }

  async #ask(request: Request): Promise<string> {
    const answer = await send(this.recipient, request);
    if (!isAcknowledged(answer)) throw new Error(`A request was answered ${answer.status}: ${answer.body}`);
    return answer.body;
  }
}
