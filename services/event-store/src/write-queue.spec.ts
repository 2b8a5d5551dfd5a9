import type { Append } from './append';
import { WriteQueue } from './write-queue';

describe('the queue before the log', () => {
  it('hands out the oldest appends first, as many as one commit takes', () => {
    const queue = new WriteQueue();
    const added = Array.from({ length: 2_500 }, () => append(1));
    for (const each of added) void queue.add(each);
    const taken = [queue.take(), queue.take(), queue.take()];
    expect(taken.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
    expect(taken.flat().map((entry) => entry.write)).toEqual(added);
    expect(queue.isEmpty).toBe(true);
  });

  it('keeps a commit below 4 MiB, unless a single append is larger', () => {
    const queue = new WriteQueue();
    for (const megabytes of [1, 2, 2, 5, 1]) void queue.add(append(1, megabytes * 1_000_000));
    const taken = Array.from({ length: 4 }, () => queue.take().map((entry) => (entry.write as Append).events[0]?.data.length));
    expect(taken).toEqual([[1_000_000, 2_000_000], [2_000_000], [5_000_000], [1_000_000]]);
  });

  it('has no room while much is waiting, and has again once it was taken', async () => {
    const queue = new WriteQueue();
    for (let nth = 0; nth < 40; nth += 1) void queue.add(append(1, 1_000_000));
    let roomy = false;
    const room = queue.room().then(() => (roomy = true));
    await new Promise(setImmediate);
    expect(roomy).toBe(false);
    while (!queue.isEmpty) queue.take();
    await room;
  });

  it('rejects whatever waits when it cannot be stored', async () => {
    const queue = new WriteQueue();
    const outcomes = [queue.add(append(1)), queue.add(append(2))];
    queue.rejectAll(new Error('no writer'));
    expect((await Promise.allSettled(outcomes)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(queue.isEmpty).toBe(true);
  });
});

const nothing = new Uint8Array();

const append = (events: number, bytes = 0): Append => ({
  stream: 'connection-1',
  expected: 'any',
  events: Array.from({ length: events }, () => ({
    id: '',
    type: '',
    isJson: true,
    data: bytes === 0 ? nothing : new Uint8Array(bytes),
    metadata: nothing,
  })),
  deadline: Infinity,
});
