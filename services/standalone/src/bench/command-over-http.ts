import { openEventStore } from '#event-store';
import { join } from 'node:path';
import { Pool } from 'undici';
import { operatorCommand } from '../operator-command';
import { requirePort } from '../require-port';
import type { Scratch } from '../scratch';
import { startStandaloneProcess, type StandaloneProcess } from '../standalone-process';
import { grownConnection, untilKept } from './grown-connection';

const restarts = 5;
const longOnes = 3;
/** So that a process that was just started is not measured while it compiles itself. */
const warmUps = 200;
const path = '/v1/workspaces/workspace-0/connections';

/** What single commands took, in ms: of a connection of many events, and of those of a few that took turns with it. */
export interface Taken {
  readonly long: readonly number[];
  readonly short: readonly number[];
}

export interface TakenOverHttp {
  /** By a process that was started since and has nothing of the connection in memory. */
  readonly cold: Taken;
  readonly inMemory: Taken;
}

/** Times an edit over HTTP from request to answer: verified token, command, append, answer. */
export async function commandOverHttp(
  scratch: Scratch,
  { events, few, rounds }: { readonly events: number; readonly few: number; readonly rounds: number },
): Promise<TakenOverHttp> {
  const { parts, unwanted, say } = scratch;
  const dataFolder = join(scratch.folder, 'standalone');
  const httpPort = await requirePort(0);
  const start = async (): Promise<StandaloneProcess> => {
    const process = parts.add(startStandaloneProcess({ dataFolder, httpPort }));
    await process.ready;
    return process;
  };
  let standalone = await start();
  const args = ['--workspace', 'workspace-0', '--role', 'admin', '--expires', '1d'];
  const editor = parts.add(new Editor(httpPort, await operatorCommand('token', args, { PATCHBAY_DATA: dataFolder }), unwanted));

  say(`Over HTTP: ${longOnes} connections are given ${events.toLocaleString('en')} events.`);
  const store = openEventStore({ url: await standalone.eventStoreUrl() });
  const grown = async (count: number, each: number): Promise<readonly string[]> => {
    const ids: string[] = [];
    while (ids.length < count) ids.push(await grownConnection(store, each));
    return ids;
  };
  const long = await grown(longOnes, events);
  const spare = await grownConnection(store, few);
  for (const id of long) {
    await editor.edit(id);
    await untilKept(store, id, unwanted);
  }

  const cold: Turns = { long: [], short: [] };
  const inMemory: Turns = { long: [], short: [] };
  const short = await grown(restarts * longOnes, few);
  await store.close();
  for (let nth = 0; nth < restarts; nth++) {
    await editor.untilCaughtUp(); // the projections have work for the same processor
    await standalone.stop();
    standalone = await start();
    for (let count = 0; count < warmUps; count++) await editor.edit(spare);
    await editor.inTurns(short.slice(nth * longOnes, (nth + 1) * longOnes), long, cold);
  }
  for (let round = 0; round < rounds; round += longOnes) await editor.inTurns(short.slice(-longOnes), long, inMemory);
  return { cold, inMemory };
}

interface Turns {
  readonly long: number[];
  readonly short: number[];
}

/** Somebody who edits one connection after the other. */
class Editor {
  readonly #http: Pool;
  readonly #headers: Readonly<Record<string, string>>;
  #turn = 0;
  #position = '0';

  constructor(
    httpPort: number,
    token: string,
    private readonly unwanted: AbortSignal,
  ) {
    this.#http = new Pool(`http://127.0.0.1:${httpPort}`, { connections: 1 });
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  /** How long it took, in ms. */
  async edit(id: string): Promise<number> {
    this.unwanted.throwIfAborted();
    const body = JSON.stringify({ labels: { turn: String(this.#turn++) } });
    const began = performance.now();
    const answer = await this.#http.request({ method: 'PATCH', path: `${path}/${id}`, headers: this.#headers, body });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`A connection was not edited: ${text}`);
    this.#position = String(answer.headers['patchbay-position']);
    return performance.now() - began;
  }

  async inTurns(short: readonly string[], long: readonly string[], taken: Turns): Promise<void> {
    for (const [index, id] of long.entries()) {
      const other = short[index];
      if (other === undefined) throw new RangeError('There are as many short ones as long ones.');
      taken.short.push(await this.edit(other));
      taken.long.push(await this.edit(id));
    }
  }

  /** Until the read models have seen the last edit. */
  async untilCaughtUp(): Promise<void> {
    const headers = { ...this.#headers, 'patchbay-min-position': this.#position };
    for (;;) {
      this.unwanted.throwIfAborted();
      const { statusCode, body } = await this.#http.request({ method: 'GET', path, headers });
      await body.dump();
      if (statusCode === 200) return;
    }
  }

  stop(): Promise<void> {
    return this.#http.destroy();
  }
}
