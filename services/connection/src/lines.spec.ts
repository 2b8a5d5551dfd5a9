import { Lines } from './lines';

describe('lines', () => {
  it('move past one that is stuck, so many at once, the longest waiting first', async () => {
    const { lines, taken, end } = setUp(2);
    lines.open(['stuck', 'a', 'b', 'c']);
    expect(taken).toEqual(['stuck', 'a']);
    await end('a');
    await end('b');
    lines.open(['stuck', 'a', 'c']);
    expect(taken).toEqual(['stuck', 'a', 'b', 'c']);
    await end('c');
    expect(taken).toEqual(['stuck', 'a', 'b', 'c', 'a']);
    await end('stuck');
    expect(taken).toHaveLength(5);
  });

  it('begin nothing once they are closed, and are closed when what was begun is over', async () => {
    const { lines, taken, end } = setUp(1);
    lines.open(['a', 'b']);
    let isClosed = false;
    const closing = lines.close().then(() => (isClosed = true));
    await new Promise(setImmediate);
    expect(isClosed).toBe(false);
    await end('a');
    await closing;
    expect(taken).toEqual(['a']);
  });
});

function setUp(atOnce: number) {
  const taken: string[] = [];
  const ends = new Map<string, () => void>();
  const lines = new Lines<string>(atOnce, (key) => {
    taken.push(key);
    return new Promise((resolve) => ends.set(key, resolve));
  });
  return {
    lines,
    taken,
    end: async (key: string): Promise<void> => {
      ends.get(key)!();
      await new Promise(setImmediate);
    },
  };
}
