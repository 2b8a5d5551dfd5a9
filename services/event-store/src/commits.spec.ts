import { Commits } from './commits';

const never = new AbortController().signal;

/** Whether the promise has settled once everything that was due has run. */
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  void promise.catch(() => undefined).finally(() => (done = true));
  await new Promise(setImmediate);
  return done;
};

describe('a watch for commits', () => {
  it('wakes for a commit to its stream, and sleeps through those to others', async () => {
    const commits = new Commits();
    const next = commits.watch('connection-1').next(never);
    commits.announce(new Set(['connection-2']));
    expect(await settled(next)).toBe(false);
    commits.announce(new Set(['connection-2', 'connection-1']));
    expect(await settled(next)).toBe(true);
  });

  it('wakes for any commit when it watches the whole log, and for every watch when it is not known what was committed', async () => {
    const commits = new Commits();
    const [all, one] = [commits.watch(null), commits.watch('connection-1')];
    const nexts = [all.next(never), one.next(never)];
    commits.announce(new Set(['connection-2']));
    expect(await Promise.all(nexts.map(settled))).toEqual([true, false]);
    commits.announce(null);
    expect(await Promise.all(nexts.map(settled))).toEqual([true, true]);
  });

  it('remembers a commit that came while its reader was reading, once', async () => {
    const commits = new Commits();
    const watch = commits.watch(null);
    commits.announce(new Set(['connection-1']));
    commits.announce(new Set(['connection-1']));
    expect(await settled(watch.next(never))).toBe(true);
    expect(await settled(watch.next(never))).toBe(false);
  });

  it('rejects with the reason when its reader is to stop, and hears nothing once closed', async () => {
    const commits = new Commits();
    const reader = new AbortController();
    const watch = commits.watch(null);
    const next = watch.next(reader.signal);
    reader.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    watch.close();
    commits.announce(null);
    expect(await settled(watch.next(never))).toBe(false);
  });
});
