import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answered } from './check-requests';
import { isAcknowledged, isUndecided, NoAnswer, send, type Answer, type Recipient, type Request } from './requests';

export interface LoadOptions {
  /** Waits until there is somebody to ask. */
  readonly recipient: () => Promise<Recipient>;
  /** Where the connections lead to. */
  readonly serviceUrl: string;
  readonly unwanted: AbortSignal;
  /** How long each asker rests between two requests, in ms; not at all unless told. */
  readonly restMs?: number;
  /** Told of every request that is sent for the first time: what was answered, null where nothing was, and after how long. */
  readonly watch?: (request: Request, answer: Answer | null, tookMs: number) => void;
}

const askers = 8;
const againEachMs = 1_000;

/** What may be refused although nothing is wrong: two askers meet at one connection, and some enter a key that the service does not take. */
const ordinary = ['CredentialsWereRefused', 'ConnectionChangedMeanwhile', 'ConnectionIsRemoved'];

/** People at work, who do not know that the process is killed under their hands. */
export class Load {
  readonly acknowledged: Answered[] = [];
  /** Nobody knows what became of these. */
  readonly cut: Request[] = [];
  /** What nobody should have been told. */
  readonly strange: string[] = [];
  refused = 0;
  readonly #living: { readonly id: string; readonly hasKey: boolean }[] = [];
  #names = 0;
  #ending = false;
  #work: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LoadOptions) {}

  start(): void {
    this.#work = Promise.all(Array.from({ length: askers }, () => this.#ask()));
    this.#work.catch(() => undefined); // thrown by `end`
  }

  /** Lets everybody finish what they are at. */
  async end(): Promise<void> {
    this.#ending = true;
    await this.#work;
  }

  /** Sends once more what was cut, until everything is decided: whoever was killed holds a request for a minute. Impatient, it asks once. */
  async decide({ patient }: { readonly patient: boolean }): Promise<void> {
    const left = this.cut.splice(0).values();
    const ask = async (): Promise<void> => {
      for (const request of left) {
        while (!(await this.#decided(request))) {
          if (patient) await pause(againEachMs, undefined, { signal: this.options.unwanted });
          else {
            this.cut.push(request);
            break;
          }
        }
      }
    };
    await Promise.all(Array.from({ length: askers }, ask));
  }

  /** Sends what was done long ago once more, as it was sent then. */
  async repeat({ request }: Answered): Promise<Answer> {
    return send(await this.options.recipient(), request);
  }

  async #ask(): Promise<void> {
    const { recipient: untilUp, unwanted, restMs = 0 } = this.options;
    while (!this.#ending) {
      unwanted.throwIfAborted();
      const recipient = await untilUp();
      const request = this.#next();
      if (!(await this.#sent(recipient, request))) this.cut.push(request);
      if (restMs > 0) await pause(restMs * 2 * Math.random(), undefined, { signal: unwanted });
    }
  }

  /** Whether the answer, if there was one, decides anything. */
  async #sent(recipient: Recipient, request: Request): Promise<boolean> {
    const { watch = () => undefined } = this.options;
    const began = performance.now();
    try {
      const answer = await send(recipient, request);
      watch(request, answer, performance.now() - began);
      return this.#take(request, answer);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      watch(request, null, performance.now() - began);
      return false;
    }
  }

  async #decided(request: Request): Promise<boolean> {
    try {
      return this.#take(request, await send(await this.options.recipient(), request));
    } catch (error) {
      if (error instanceof NoAnswer) return false;
      throw error;
    }
  }

  /** Whether the answer decides anything. */
  #take(request: Request, answer: Answer): boolean {
    if (isUndecided(answer)) return false;
    if (isAcknowledged(answer)) {
      this.acknowledged.push({ request, answer });
      if (request.does === 'create') this.#living.push({ id: (JSON.parse(answer.body) as { id: string }).id, hasKey: hasKey(request) });
      return true;
    }
    this.refused += 1;
    if (!ordinary.some((reason) => answer.body.includes(`"${reason}"`))) {
      this.strange.push(`The request ${request.id} (${request.does}) was answered ${answer.status}: ${answer.body}`);
    }
    return true;
  }

  #next(): Request {
    const chance = Math.random();
    const one = this.#living[Math.floor(Math.random() * this.#living.length)];
    if (one === undefined || chance < 0.35) return this.#create();
    const path = `/${one.id}`;
    if (chance < 0.55) return { id: randomUUID(), does: 'rename', method: 'PATCH', path, body: { name: this.#name() } };
    if (chance < 0.7) return { id: randomUUID(), does: 'verify', method: 'POST', path: `${path}/verify` };
    if (chance < 0.95 && one.hasKey) {
      return { id: randomUUID(), does: 'rotate', method: 'PUT', path: `${path}/credentials`, body: { credentials: { apiKey: anyKey() } } };
    }
    this.#living.splice(this.#living.indexOf(one), 1);
    return { id: randomUUID(), does: 'remove', method: 'DELETE', path };
  }

  #create(): Request {
    const called = { connector: 'http', name: this.#name(), serviceUrl: this.options.serviceUrl };
    const body =
      Math.random() < 0.2
        ? { ...called, authType: 'none' }
        : {
            ...called,
            authType: 'api_key',
            settings: {
              apiKeyIn: 'header',
              apiKeyName: 'X-Api-Key',
              verificationPath: '/whoami',
              accountIdPath: 'id',
              accountLabelPath: 'name',
            },
            credentials: { apiKey: anyKey() },
          };
    return { id: randomUUID(), does: 'create', method: 'POST', path: '', body };
  }

  #name(): string {
    this.#names += 1;
    return `Drill ${this.#names}`;
  }
}

function hasKey({ body }: Request): boolean {
  return body?.['credentials'] !== undefined;
}

function anyKey(): string {
  const chance = Math.random();
  return `${chance < 0.6 ? 'right' : chance < 0.8 ? 'wrong' : 'late'}-${randomUUID()}`;
}
