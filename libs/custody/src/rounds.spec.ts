import { Rounds } from './rounds';

describe('rounds', () => {
  /** Work whose rounds end when they are told to. */
  const setUp = () => {
    const begun: PromiseWithResolvers<undefined>[] = [];
    const rounds = new Rounds();
    const join = (key = 'one') =>
      rounds.join(key, () => {
        const round = Promise.withResolvers<undefined>();
        begun.push(round);
        return round.promise;
      });
    return { begun, join };
  };
  const settled = () => new Promise(setImmediate);

  it('are shared by all who ask at once, and begin anew for who asks later', async () => {
    const { begun, join } = setUp();
    const first = [join(), join(), join()];
    await settled();
    expect(begun).toHaveLength(1);
    begun[0]!.resolve(undefined);
    await Promise.all(first);
    void join();
    await settled();
    expect(begun).toHaveLength(2);
  });

  it('take in nobody once they run: who asks then waits for the next, which begins after', async () => {
    const { begun, join } = setUp();
    void join();
    await settled();
    const late = [join(), join()];
    await settled();
    expect(begun).toHaveLength(1);
    begun[0]!.resolve(undefined);
    await settled();
    expect(begun).toHaveLength(2);
    begun[1]!.resolve(undefined);
    await Promise.all(late);
  });

  it('fail for those who shared them, and not for those who come after', async () => {
    const { begun, join } = setUp();
    const failing = [join(), join()];
    await settled();
    const next = join();
    begun[0]!.reject(new Error('the log is down'));
    await Promise.all(failing.map((shared) => expect(shared).rejects.toThrow('the log is down')));
    await settled();
    begun[1]!.resolve(undefined);
    await expect(next).resolves.toBeUndefined();
  });

  it('of different keys do not wait for each other', async () => {
    const { begun, join } = setUp();
    void join('one');
    void join('other');
    await settled();
    expect(begun).toHaveLength(2);
  });
});
