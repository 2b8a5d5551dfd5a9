import { setTimeout as pause } from 'node:timers/promises';
import type { Load } from './load';
import type { Recipient } from './requests';

const lookEachMs = 250;
const answersWithinMs = 5_000;

/** Somebody who looks at the connections again and again: a list, and one of them. */
export class Questions {
  answered = 0;
  slowestMs = 0;
  /** A sentence for every question that was not answered. */
  readonly strange: string[] = [];
  #ending = false;
  #asking: Promise<void> = Promise.resolve();

  constructor(
    private readonly recipient: Recipient,
    private readonly load: Load,
    private readonly unwanted: AbortSignal,
  ) {}

  start(): void {
    this.#ending = false;
    this.#asking = this.#ask();
    this.#asking.catch(() => undefined); // thrown by `end`
  }

  async end(): Promise<void> {
    this.#ending = true;
    await this.#asking;
  }

  async #ask(): Promise<void> {
    const known = this.load.acknowledged.find(({ request }) => request.does === 'create');
    const paths = ['', ...(known ? [`/${(JSON.parse(known.answer.body) as { id: string }).id}`] : [])];
    while (!this.#ending) {
      for (const path of paths) await this.#answered(path);
      await pause(lookEachMs, undefined, { signal: this.unwanted });
    }
  }

  async #answered(path: string): Promise<void> {
    const { url, token } = this.recipient;
    const began = performance.now();
    const status = await fetch(`${url}/v1/workspaces/acme/connections${path}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(answersWithinMs),
    }).then(
      (answer) => answer.status,
      () => null,
    );
    this.slowestMs = Math.max(this.slowestMs, Math.round(performance.now() - began));
    // One that somebody removed meanwhile is gone.
    if (status === 200 || status === 410) this.answered += 1;
    else
      this.strange.push(
        `A question (${path === '' ? 'a list' : 'a connection'}) was answered ${status ?? 'nothing'} while the log was away.`,
      );
  }
}
