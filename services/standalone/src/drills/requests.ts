/** One thing that is asked of Patchbay, in a form that can be sent again. */
export interface Request {
  /** What its events are found by, and its `Idempotency-Key`. */
  readonly id: string;
  readonly does: Doing;
  readonly method: 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the workspace's connections. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

export type Doing = 'create' | 'rename' | 'verify' | 'rotate' | 'remove';

export interface Answer {
  readonly status: number;
  /** Of the last event of what was done; null where nothing was. */
  readonly position: bigint | null;
  readonly body: string;
  /** Seconds after which it may be asked again; left out where it does not say. */
  readonly retryAfter?: string;
}

/** The process that was asked is gone, or did not answer in time: whether it was done is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

const answersWithinMs = 20_000;

/** Where requests go, and as whom. */
export interface Recipient {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
}

/** @throws NoAnswer */
export async function send({ url, token }: Recipient, { id, method, path, body }: Request): Promise<Answer> {
  try {
    const answer = await fetch(`${url}/v1/workspaces/acme/connections${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': id,
        'x-request-id': id,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answersWithinMs),
    });
    const position = answer.headers.get('patchbay-position');
    const retryAfter = answer.headers.get('retry-after');
    return {
      status: answer.status,
      position: position === null ? null : BigInt(position),
      body: await answer.text(),
      ...(retryAfter === null ? {} : { retryAfter }),
    };
  } catch (cause) {
    throw new NoAnswer('There was no answer.', { cause });
  }
}

/** Done: what it says must be in the log for good. */
export function isAcknowledged({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** Nobody knows yet: Patchbay was on its way up or down, or still at it. */
export function isUndecided({ status, body }: Answer): boolean {
  return status === 503 || (status === 409 && body.includes('RequestIsStillRunning'));
}
