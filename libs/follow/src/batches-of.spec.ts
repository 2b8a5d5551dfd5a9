import type { LogMessage } from '#event-store';
import { eventually } from '#testing';
import { batchesOf, type Batch } from './batches-of';

const quietMs = 60_000;

describe('batches of the log', () => {
  it('hold all that came while the one before was being written', async () => {
    const more = Promise.withResolvers<undefined>();
    const batches = batchesOf(
      (async function* () {
        yield* log(['s']);
        await more.promise;
        yield* log(['s', 's', 't', 'u'], 2n);
      })(),
      { size: 10, quietMs },
    );
    expect(positionsOf(await next(batches))).toEqual([1n]);
    more.resolve(undefined);
    await settled();
    expect(positionsOf(await next(batches))).toEqual([2n, 3n, 4n, 5n]);
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it('hold no more than their size, and reading waits while as many wait', async () => {
    let read = 0;
    const streams = Array.from({ length: 100 }, (_, nth) => `s-${nth}`);
    const batches = batchesOf(
      log(streams, 1n, () => (read += 1)),
      { size: 3, quietMs },
    );
    const first = await next(batches);
    await settled();
    expect(first.events.length).toBeLessThanOrEqual(3);
    expect(read).toBeLessThanOrEqual(3 + 3 + 1);
  });

  it('do not end between the events of an append', async () => {
    const batches = batchesOf(log(['s', 't', 'u', 'u', 'u', 'v', 'w', 'w']), { size: 4, quietMs });
    expect(positionsOf(await next(batches))).toEqual([1n, 2n]);
    expect(positionsOf(await next(batches))).toEqual([3n, 4n, 5n]);
    expect(positionsOf(await next(batches))).toEqual([6n, 7n, 8n]);
  });

  it('end within one stream where nothing else is in a batch', async () => {
    const batches = batchesOf(log(['s', 's', 's', 's', 's']), { size: 2, quietMs });
    expect(positionsOf(await next(batches))).toEqual([1n, 2n]);
    expect(positionsOf(await next(batches))).toEqual([3n, 4n]);
    expect(positionsOf(await next(batches))).toEqual([5n]);
  });

  it('are empty while nothing comes', async () => {
    const batches = batchesOf(
      (async function* () {
        yield* log(['s']);
        await new Promise(() => undefined);
      })(),
      { size: 10, quietMs: 5 },
    );
    expect(positionsOf(await next(batches))).toEqual([1n]);
    expect(await next(batches)).toEqual({ events: [], position: null, caughtUp: false });
    expect(await next(batches)).toEqual({ events: [], position: null, caughtUp: false });
  });

  it('reach as far as was seen, also where nothing of it is for us', async () => {
    const batches = batchesOf(
      (async function* () {
        yield* log(['s', 't']);
        yield { kind: 'checkpoint', position: 9n } as const;
        yield { kind: 'caught-up' } as const;
      })(),
      { size: 10, quietMs },
    );
    expect(await next(batches)).toMatchObject({ position: 9n, caughtUp: true });
  });

  it('come before the failure that ends the log', async () => {
    const batches = batchesOf(
      (async function* () {
        yield* log(['s', 't']);
        throw new Error('the log is gone');
      })(),
      { size: 10, quietMs },
    );
    expect(positionsOf(await next(batches))).toEqual([1n, 2n]);
    await expect(batches.next()).rejects.toThrow('the log is gone');
  });

  it('end the reading when nobody takes them any more', async () => {
    let ended = false;
    const endless = (async function* () {
      try {
        for (;;) yield* log(['s']);
      } finally {
        ended = true;
      }
    })();
    for await (const batch of batchesOf(endless, { size: 2, quietMs })) if (batch.events.length > 0) break;
    await eventually(() => ended);
  });
});

/** One event of each of these streams, one after the other. */
async function* log(streams: readonly string[], from = 1n, onRead: () => void = () => undefined): AsyncGenerator<LogMessage> {
  for (const [nth, stream] of streams.entries()) {
    onRead();
    yield await Promise.resolve(message(stream, from + BigInt(nth)));
  }
}

function message(stream: string, position: bigint): LogMessage {
  const created = new Date('2026-11-24T09:00:00.000Z');
  return { kind: 'event', event: { id: String(position), stream, revision: 0, position, type: 'T', data: {}, metadata: {}, created } };
}

async function next(batches: AsyncGenerator<Batch>): Promise<Batch> {
  const { done, value } = await batches.next();
  if (done === true) throw new Error('there is no further batch');
  return value;
}

const positionsOf = ({ events }: Batch) => events.map(({ position }) => position);

/** All that can happen without anybody asking has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
