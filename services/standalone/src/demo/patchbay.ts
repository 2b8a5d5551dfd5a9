import { join } from 'node:path';
import type { Scratch } from '../scratch';
import { adminToken, startStandaloneProcess } from '../standalone-process';

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the connections of the workspace. */
  readonly path: string;
  readonly body?: object;
}

export interface Answer {
  readonly status: number;
  /** Null where there is none. */
  readonly body: unknown;
}

export type AskPatchbay = (asked: Asked) => Promise<Answer>;

const answersWithinMs = 30_000;

/** Starts a standalone as `npm start` runs it, and answers how it is asked. What is read is never older than what was done before. */
export async function startPatchbay({
  folder,
  parts,
  unwanted,
  say,
  servicePort,
}: Scratch & { readonly servicePort: number }): Promise<AskPatchbay> {
  const dataFolder = join(folder, 'patchbay');
  const standalone = parts.add(startStandaloneProcess({ dataFolder, httpPort: 0, servicePorts: [servicePort] }));
  unwanted.addEventListener('abort', () => void standalone.stop()); // whoever waits for it to be ready is told that it ended
  const url = await standalone.printed((line) => {
    if (line !== '') say(line); // what follows the address is commands with a token in them
    return /^Patchbay is ready: (\S+)$/.exec(line)?.[1];
  });
  const token = await adminToken(dataFolder);

  let position: string | null = null;
  return async ({ method, path, body }) => {
    const answer = await fetch(`${url}/v1/workspaces/acme/connections${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(method === 'GET' && position !== null && { 'patchbay-min-position': position }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([unwanted, AbortSignal.timeout(answersWithinMs)]),
    });
    position = answer.headers.get('patchbay-position') ?? position;
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  };
}
