import { setTimeout as pause } from 'node:timers/promises';
import { Database } from '#postgres';
import type { Secret } from '#secret';
import type { SeededConnection } from './seeded-connections';

export interface WatchingReaderOptions {
  /** As the role patchbay_reader. */
  readonly url: Secret;
  readonly connections: readonly SeededConnection[];
  readonly unwanted: AbortSignal;
}

const wholeEachMs = 500;
const oneEachMs = 5;

/**
 * Reads `published.connections_v1` all the time: single connections, which must be there and never go back in time, and all of them at
 * once, which must be as many as there are, of one model.
 */
export class WatchingReader {
  readonly findings: string[] = [];
  readonly latenciesMs: number[] = [];
  /** Who owns every connection tells models apart: in the order in which readers came to see them. */
  readonly models: string[] = [];
  wholeReads = 0;
  readonly #revisions = new Map<string, number>();
  readonly #ending = new AbortController();
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly database: Database,
    private readonly options: WatchingReaderOptions,
  ) {}

  static async start(options: WatchingReaderOptions): Promise<WatchingReader> {
    const database = await Database.open({ url: options.url, applicationName: 'patchbay-drill-reader', poolSize: 2 });
    const reader = new WatchingReader(database, options);
    reader.#reading = Promise.all([
      reader.#again(oneEachMs, () => reader.#readOne()),
      reader.#again(wholeEachMs, () => reader.#readWhole()),
    ]);
    return reader;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#reading;
    await this.database.close();
  }

  async #again(everyMs: number, read: () => Promise<void>): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted && !this.options.unwanted.aborted) {
      await read().catch((error: unknown) => this.findings.push(`A question failed: ${String(error)}`));
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #readOne(): Promise<void> {
    const { connections } = this.options;
    const one = connections[Math.floor(Math.random() * Math.min(connections.length, watchedClosely))];
    if (one === undefined) return;
    const began = performance.now();
    const [found] = await this.database.query<{ revision: number; stale: boolean }>(
      `select revision, stale from published.connections_v1 where id = $1`,
      [one.id],
    );
    this.latenciesMs.push(performance.now() - began);
    const seen = this.#revisions.get(one.id) ?? 0;
    if (found === undefined) this.findings.push(`Connection ${one.id} was not there.`);
    else if (found.stale) this.findings.push(`Connection ${one.id} was stale.`);
    else if (found.revision < seen) this.findings.push(`Connection ${one.id} went back from revision ${seen} to ${found.revision}.`);
    else this.#revisions.set(one.id, found.revision);
  }

  async #readWhole(): Promise<void> {
    const expected = this.options.connections.length;
    const models = await this.database.query<{ owner: string; count: number }>(
      `select owner, count(*)::int as count from published.connections_v1 group by owner`,
    );
    this.wholeReads += 1;
    const [model] = models;
    if (models.length !== 1 || model?.count !== expected) {
      this.findings.push(`Instead of ${expected} connections of one model a reader saw ${JSON.stringify(models)}.`);
    } else if (model.owner !== this.models.at(-1)) this.models.push(model.owner);
  }
}

/** So many are read again often enough for going back to be noticed. */
const watchedClosely = 2_000;
