import { Health, NotUsable } from './health';

describe('readiness', () => {
  afterEach(() => jest.useRealTimers());

  it('tells of every probe; one that fails by the word it has for that or by its code, never by its message', async () => {
    const health = new Health();
    health.register('postgres', () => Promise.resolve(undefined));
    health.register('keys', () => Promise.resolve('key-1'));
    health.register('log', () => Promise.reject(Object.assign(new Error('at 10.1.2.3'), { code: 'ECONNREFUSED' })));
    health.register('relay', () => Promise.reject(new RangeError('at 10.1.2.3')));
    health.register('vault', () => Promise.reject(new NotUsable('sealed')));
    expect(await health.ready()).toEqual([
      { name: 'postgres', up: true },
      { name: 'keys', up: true, detail: 'key-1' },
      { name: 'log', up: false, detail: 'ECONNREFUSED' },
      { name: 'relay', up: false, detail: 'RangeError' },
      { name: 'vault', up: false, detail: 'sealed' },
    ]);
  });

  it('does not wait for a probe that hangs', async () => {
    jest.useFakeTimers();
    const health = new Health();
    health.register('log', () => new Promise(() => undefined));
    const ready = health.ready();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await ready).toEqual([{ name: 'log', up: false, detail: 'no_answer_in_time' }]);
  });

  it('probes at most once a second, however often it is asked', async () => {
    jest.useFakeTimers();
    const health = new Health();
    const probe = jest.fn(() => Promise.resolve(undefined));
    health.register('postgres', probe);
    await Promise.all(Array.from({ length: 100 }, () => health.ready()));
    expect(probe).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1_000);
    await health.ready();
    expect(probe).toHaveBeenCalledTimes(2);
  });
});
