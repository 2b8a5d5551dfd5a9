import { Progress } from './progress';

/** What is told while 10,000 events of 40,000 are dealt with, one each 2 ms. */
function toldBy(isTTY: boolean): readonly string[] {
  const told: string[] = [];
  let now = 0;
  const progress = new Progress({ isTTY, write: (text) => told.push(text) }, () => now);
  progress.begin('Verifying', 40_000n);
  for (let position = 1n; position <= 10_000n; position += 1n) {
    now += 2;
    progress.step(position);
  }
  progress.clear();
  return told;
}

describe('progress', () => {
  it('is a line now and then where nobody watches a terminal', () => {
    expect(toldBy(false)).toEqual([
      'Verifying: 3,000 events, 7.5 %, 500 events/s, 2 min left\n',
      'Verifying: 6,000 events, 15.0 %, 500 events/s, 2 min left\n',
      'Verifying: 9,000 events, 22.5 %, 500 events/s, 2 min left\n',
    ]);
  });

  it('is one line that is written over on a terminal, and taken away in the end', () => {
    const told = toldBy(true);
    expect(told).toHaveLength(11);
    expect(told.slice(0, -1).every((text) => text.startsWith('\rVerifying: ') && !text.includes('\n'))).toBe(true);
    expect(told.at(-1)).toBe('\r\u001b[K');
  });
});
