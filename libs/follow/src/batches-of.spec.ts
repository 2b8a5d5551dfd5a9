import type { LogMessage } from '#event-store';
import { eventually } from '#testing';
import { batchesOf, type Batch } from './batches-of';

describe('batches of the log', () => {
  it('hold all that came while the one before was being written', async () => {
    const batches = batchesOf(log(5), 10);
    expect(positionsOf(await next(batches))).toEqual([1n]);
    await settled();
    expect(positionsOf(await next(batches))).toEqual([2n, 3n, 4n, 5n]);
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it('hold no more than their size, and reading waits while as many wait', async () => {
    let read = 0;
    const batches = batchesOf(
      log(100, () => (read += 1)),
      3,
    );
    await next(batches);
    await settled();
    expect(read).toBeLessThanOrEqual(1 + 3 + 1);
    expect(positionsOf(await next(batches))).toEqual([2n, 3n, 4n]);
  });

  it('reach as far as was seen, also where nothing of it is for us', async () => {
    const batches = batchesOf(
      (async function* () {
        yield* log(2);
        yield { kind: 'checkpoint', position: 9n } as const;
        yield { kind: 'caught-up' } as const;
      })(),
      10,
    );
    await next(batches);
    await settled();
    expect(await next(batches)).toMatchObject({ position: 9n, caughtUp: true });
  });

  it('come before the failure that ends the log', async () => {
    const batches = batchesOf(
      (async function* () {
        yield* log(2);
        throw new Error('the log is gone');
      })(),
      10,
    );
    await next(batches);
    expect(positionsOf(await next(batches))).toEqual([2n]);
    await expect(batches.next()).rejects.toThrow('the log is gone');
  });

  it('end the reading when nobody takes them any more', async () => {
    let ended = false;
    const endless = (async function* () {
      try {
        for (;;) yield* log(100);
      } finally {
        ended = true;
      }
    })();
    for await (const batch of batchesOf(endless, 2)) if (batch.events.length > 0) break;
    await eventually(() => ended);
  });
});

async function* log(count: number, onRead: () => void = () => undefined): AsyncGenerator<LogMessage> {
  for (let place = 1; place <= count; place += 1) {
    onRead();
    yield await Promise.resolve(message(BigInt(place)));
  }
}

function message(position: bigint): LogMessage {
  const created = new Date('2026-11-24T09:00:00.000Z');
  return { kind: 'event', event: { id: String(position), stream: 's', revision: 0, position, type: 'T', data: {}, metadata: {}, created } };
}

async function next(batches: AsyncGenerator<Batch>): Promise<Batch> {
  const { done, value } = await batches.next();
  if (done === true) throw new Error('there is no further batch');
  return value;
}

const positionsOf = ({ events }: Batch) => events.map(({ position }) => position);

/** All that can happen without anybody asking has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
