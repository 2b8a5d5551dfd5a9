import { AppendIsDenied, LogIsUnavailable, WrongExpectedRevision } from './event-store-errors';
import { Reachability } from './reachability';

describe('whether the log is there', () => {
  const away = () => Promise.reject(new LogIsUnavailable('down'));
  const there = () => Promise.resolve('an answer');
  let found: number;
  let reachability: Reachability;

  beforeEach(() => {
    jest.useFakeTimers();
    found = 0;
    reachability = new Reachability({ callTimeoutMs: 1_000, onAway: () => (found += 1) });
  });

  afterEach(() => jest.useRealTimers());

  async function passes(ms: number): Promise<void> {
    await jest.advanceTimersByTimeAsync(ms);
  }

  it('is not doubted for one call that failed among others that did not', async () => {
    await reachability.call(there);
    await passes(499);
    await expect(reachability.call(away)).rejects.toThrow('down');
    expect(await reachability.call(there)).toBe('an answer');
    expect(found).toBe(0);
  });

  it('is denied at once to whoever asks while it is away', async () => {
    await reachability.call(there);
    await passes(500);
    await expect(reachability.call(away)).rejects.toThrow('down');
    expect(found).toBe(1);
    const asked = jest.fn(there);
    await expect(reachability.call(asked)).rejects.toThrow(LogIsUnavailable);
    expect(asked).not.toHaveBeenCalled();
  });

  it('is found out by one call at a time', async () => {
    await expect(reachability.call(away)).rejects.toThrow('down');
    await passes(250);
    const answers = Promise.withResolvers<string>();
    const asking = reachability.call(() => answers.promise);
    const waiting = jest.fn(there);
    const asked = reachability.call(waiting);
    await passes(10_000);
    expect(waiting).not.toHaveBeenCalled();
    answers.resolve('it is back');
    expect(await asking).toBe('it is back');
    expect(await asked).toBe('an answer');
  });

  it('is told to be away each time that it was asked and still is', async () => {
    for (const nth of [1, 2, 3]) {
      await expect(reachability.call(away)).rejects.toThrow('down');
      expect(found).toBe(nth);
      await passes(250);
    }
    expect(await reachability.call(there)).toBe('an answer');
  });

  it('is not doubted for an append that it denies', async () => {
    await expect(reachability.call(() => Promise.reject(new AppendIsDenied('some')))).rejects.toThrow(AppendIsDenied);
    expect(await reachability.call(there)).toBe('an answer');
    expect(found).toBe(0);
  });

  it('is shown by a refusal as well as by anything else that it answers', async () => {
    await expect(reachability.call(away)).rejects.toThrow('down');
    await passes(250);
    await expect(reachability.call(() => Promise.reject(new WrongExpectedRevision('some', 1, 2)))).rejects.toThrow('was expected');
    expect(await reachability.call(there)).toBe('an answer');
  });
});
