import { randomBytes } from 'node:crypto';
import { KeyCache } from './key-cache';

describe('the cache of unwrapped keys', () => {
  beforeEach(() => jest.useFakeTimers()); // Date among them, the clock of these caches
  afterEach(() => jest.useRealTimers());

  /** Keeps hold of the very buffer the cache holds: what a reader of the process's memory would see. */
  const keys = () => {
    const handedOut: Buffer[] = [];
    const load = jest.fn(() => {
      const key = randomBytes(32);
      handedOut.push(key);
      return Promise.resolve(key);
    });
    return { load, handedOut };
  };
  const isZero = (key: Buffer | undefined) => key?.every((byte) => byte === 0);
  const copy = (key: Buffer) => Buffer.from(key);

  it('asks the root once, however many ask it at once', async () => {
    const cache = new KeyCache(Date);
    const { load, handedOut } = keys();
    const used = await Promise.all(Array.from({ length: 1_000 }, () => cache.use('k', load, copy)));
    expect(load).toHaveBeenCalledTimes(1);
    expect(used.every((key) => key.equals(handedOut[0]!))).toBe(true);
    expect(isZero(used[0])).toBe(false);
  });

  it('zeroes a key after five minutes, also when nobody asks for it again, and then asks the root anew', async () => {
    const cache = new KeyCache(Date);
    const { load, handedOut } = keys();
    await cache.use('k', load, copy);
    await jest.advanceTimersByTimeAsync(5 * 60_000 - 1);
    expect(isZero(handedOut[0])).toBe(false);
    await jest.advanceTimersByTimeAsync(2);
    expect(isZero(handedOut[0])).toBe(true);
    await cache.use('k', load, copy);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('does not lengthen the five minutes by using the key', async () => {
    const cache = new KeyCache(Date);
    const { load, handedOut } = keys();
    for (let minute = 0; minute <= 5; minute += 1) {
      await cache.use('k', load, copy);
      await jest.advanceTimersByTimeAsync(60_001);
    }
    expect(load).toHaveBeenCalledTimes(2);
    expect(isZero(handedOut[0])).toBe(true);
  });

  it('holds a thousand keys; the one that was used longest ago is zeroed', async () => {
    const cache = new KeyCache(Date);
    const { load, handedOut } = keys();
    for (let at = 0; at <= 1_000; at += 1) await cache.use(`k${at}`, load, copy);
    expect(handedOut.map((key, at) => (isZero(key) ? at : null)).filter((at) => at !== null)).toEqual([0]);
  });

  it('never lends a zeroed key, even when keys push each other out while many ask', async () => {
    const cache = new KeyCache(Date);
    const { load } = keys();
    const lent = await Promise.all(Array.from({ length: 3_000 }, (_, at) => cache.use(`k${at % 1_500}`, load, (key) => isZero(key))));
    expect(lent.filter(Boolean)).toEqual([]);
  });

  it('forgets a failure: the next one asks the root again', async () => {
    const cache = new KeyCache(Date);
    const { load } = keys();
    await expect(cache.use('k', () => Promise.reject(new Error('out of reach')), copy)).rejects.toThrow('out of reach');
    await expect(cache.use('k', load, copy)).resolves.toHaveLength(32);
  });
});
